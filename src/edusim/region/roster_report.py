"""What checking a roster found, cell by cell, in the reader's language.

Tells and decides nothing: no number of a run depends on what is here, so that it counts for no study's key
(:data:`edusim.study.design.LEFT_OUT`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from edusim import language as texts
from edusim.errors import DataError, DataErrors, language
from edusim.region.roster_columns import SHEETS, RosterColumn

#: Messages of one kind that the text shows; ``errors`` holds them all.
_SHOWN = 200
#: Runs of rows that a place names before it says "and more".
_RUNS = 6
#: Sheet and column, for column and its words, of a value that the model draws under another name.
_COLUMNS_OF = {
    "is_private": ("private",), "has_boarding": ("boarding",), "seats_primary": ("seats",), "seats_junior": ("seats",),
    "x_km": ("x_km", "y_km"), "y_km": ("x_km", "y_km"), "management": (), "reputation": (),
}  # fmt: skip


class CellError(DataError):
    """A fault of a cell: besides what every error says, its column and the nearest valid value.

    Parameters
    ----------
    column
        The column that the cell belongs to; its name is put before the message. None when it has none.
    near
        Nearest valid value, in Chinese and English; empty when there is none.
    """

    def __init__(
        self, code: str, zh: str, en: str, *, where: str = "", mend_zh: str = "", mend_en: str = "",
        column: RosterColumn | None = None, near: tuple[str, str] = ("", ""),
    ) -> None:  # fmt: skip
        self.bare = (zh, en)
        self.column, self.near = column, near
        if column is not None:
            zh, en = f"“{column.zh}”列（{column.key}）：{zh}", f"column {column.key} ({column.zh}): {en}"
        super().__init__(code, zh, en, where=where, mend_zh=mend_zh, mend_en=mend_en)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (self.code, *self.bare, self.where, self.mend_zh, self.mend_en, self.column, self.near))

    def as_dict(self) -> dict[str, str]:
        """Return the fault as plain text fields, for ``--json``."""
        column = "" if self.column is None else self.column.key
        return super().as_dict() | {"column": column, "near_zh": self.near[0], "near_en": self.near[1]}


def _again(
    code: str, zh: str, en: str, where: str, mend_zh: str, mend_en: str, column: RosterColumn | None, near: tuple[str, str]
) -> CellError:
    return CellError(code, zh, en, where=where, mend_zh=mend_zh, mend_en=mend_en, column=column, near=near)


@dataclass(frozen=True)
class Notice:
    """Something a reader should know that is not an error: a warning, or what was normalised.

    ``read_as`` is what a normalised cell was read as: text, a number, or None when nothing was changed.
    """

    code: str
    zh: str
    en: str
    where: str = ""
    read_as: str | float | None = None

    def message(self, lang: str | None = None) -> str:
        """Return the notice on one line, in ``lang``."""
        text = self.zh if language(lang) == "zh" else self.en
        return f"{self.where}: {text} [{self.code}]" if self.where else f"{text} [{self.code}]"


@dataclass(frozen=True)
class Empty:
    """The empty cells of a column that are filled in every draw: no fault.

    Attributes
    ----------
    kind, key
        Sheet and column, as in :data:`~edusim.region.roster_columns.SHEETS`.
    title
        Name of the sheet (or file) as it stands in the roster.
    letter
        Letters of the column; empty when the sheet does not have it.
    by_rule
        Whether the model's rule gives the value, and not a reference distribution.
    count, of
        Cells that are empty, and rows of the sheet.
    runs
        First and last row of every run of such cells, as numbered in the sheet.
    """

    kind: str
    key: str
    title: str
    letter: str
    by_rule: bool
    count: int
    of: int
    runs: tuple[tuple[int, int], ...] = ()

    @property
    def places(self) -> str:
        """The cells in short: ``K3:K9, K14``, at most six runs."""
        if not self.letter:
            return ""
        shown = [f"{self.letter}{a}" + (f":{self.letter}{b}" if b > a else "") for a, b in self.runs[:_RUNS]]
        return ", ".join(shown) + (", …" if len(self.runs) > _RUNS else "")

    def name(self, lang: str) -> str:
        """Return the column's name in ``lang``."""
        return column_name(self.kind, self.key, lang)

    def how(self, lang: str) -> str:
        """Return how its cells are filled, in ``lang``."""
        return how_filled(self.kind, self.key, lang)


def sheet_name(kind: str, lang: str) -> str:
    """Return the name of a sheet in ``lang``."""
    return SHEETS[kind].zh if lang == "zh" else SHEETS[kind].en


def column_name(kind: str, key: str, lang: str) -> str:
    """Return the name of a column in ``lang``."""
    column = SHEETS[kind].columns[key]
    return column.zh if lang == "zh" else column.en


def how_filled(kind: str, key: str, lang: str) -> str:
    """Return what is done with an empty cell of a column, in ``lang``.

    Raises
    ------
    KeyError
        When the catalogue says nothing of it (a mistake of ours).
    """
    whole = f"roster.empty.{kind}.{key}"
    if texts.has(whole):
        return texts.text(whole, lang)
    for length in range(len(key) - 1, 0, -1):
        several = f"roster.empty.{kind}.{key[:length]}*"
        if texts.has(several):
            return texts.text(several, lang)
    raise KeyError(whole)


def empties(sheets: Mapping[str, Any], drawn: Mapping[str, Any], by_rule: Mapping[str, Any]) -> list[Empty]:
    """Return the empty cells that are filled in every draw, by column and in the order of sheets and columns.

    Parameters
    ----------
    sheets
        The sheets as read (``edusim.region.roster_check.Parsed``), by kind.
    drawn, by_rule
        ``sheet.column`` -> bool, shape (rows,): which rows are drawn, and which are left to the model's rule. A
        cell that holds something, though it be wrong, is none of them.
    """
    masks: dict[tuple[str, str], tuple[list[bool], bool]] = {}
    for given, rule in ((drawn, False), (by_rule, True)):
        for name, mask in given.items():
            kind, key = name.split(".")
            for column in _COLUMNS_OF.get(key, (key,)):
                before = masks.get((kind, column), ([False] * len(mask), rule))[0]
                masks[kind, column] = ([bool(a or b) for a, b in zip(before, mask, strict=True)], rule)
    found = []
    for kind, sheet in sheets.items():
        for key in SHEETS[kind].columns:
            if (kind, key) not in masks:
                continue
            mask, rule = masks[kind, key]
            at = sheet.column_at.get(key)
            rows = [
                number for (number, cells), wanted in zip(sheet.raw.rows, mask, strict=True)
                if wanted and (at is None or at >= len(cells) or cells[at] is None)
            ]  # fmt: skip
            if not rows or (at is None and key in sheet.values):
                continue  # given by a mapping
            letter = "" if at is None else sheet.raw.letter(at)
            numbers = [number for number, _ in sheet.raw.rows]
            found.append(Empty(kind, key, sheet.raw.title, letter, rule, len(rows), sheet.n, _runs(rows, numbers)))
    return found


def _runs(rows: Sequence[int], every: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return first and last of every run of rows that follow each other in the sheet."""
    after = dict(pairwise(every))
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and after.get(runs[-1][1]) == row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return tuple(runs)


@dataclass
class CheckReport:
    """What checking a roster found.

    Attributes
    ----------
    source
        Name of the file.
    rows
        Rows read by sheet.
    errors
        Every fault, in the order of sheets and rows; the roster can be used when there is none.
    warnings, normalised
        What is odd but usable; what was read as something else than written.
    imputed
        ``table.column`` -> number of cells that will be drawn anew in every draw.
    by_rule
        ``table.column`` -> number of cells left empty on purpose: the model's rule gives them.
    empty
        The same cells by column of the roster and with their places, also of a roster that has faults.
    header_rows
        Name of each sheet that was read -> number of its row of headers.
    """

    source: str
    rows: dict[str, int] = field(default_factory=dict)
    errors: list[DataError] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    normalised: list[Notice] = field(default_factory=list)
    imputed: dict[str, int] = field(default_factory=dict)
    by_rule: dict[str, int] = field(default_factory=dict)
    empty: list[Empty] = field(default_factory=list)
    header_rows: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the roster can be used."""
        return not self.errors

    def raise_errors(self) -> None:
        """Raise the faults, if any (:class:`~edusim.errors.DataErrors`; one alone as itself)."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise DataErrors(self.errors)

    def text(self, lang: str | None = None) -> str:
        """Return the report as text: faults first, then what was normalised and what will be drawn."""
        lang = language(lang)
        counts = texts.text("roster.comma", lang).join(f"{sheet_name(kind, lang)} {n}" for kind, n in self.rows.items())
        state = (
            texts.text("roster.usable", lang) if self.ok else texts.text("roster.n_errors", lang, n=len(self.errors))
        )
        lines = [f"{self.source}: {state}" + (f" ({counts})" if counts else "")]
        parts: list[tuple[str, Sequence[Notice | DataError]]] = [
            ("errors", self.errors), ("warnings", self.warnings), ("normalised", self.normalised),
        ]  # fmt: skip
        for key, items in parts:
            if items:
                lines.append(f"{texts.text(f'roster.level.{key}', lang)} ({len(items)}):")
                lines += [f"  {item.message(lang)}" for item in items[:_SHOWN]]
                if len(items) > _SHOWN:
                    lines.append("  " + texts.text("roster.more", lang, n=len(items) - _SHOWN))
        for title, by_rule in (("roster.will_be_drawn", False), ("roster.left_to_rule", True)):
            cells = [e for e in self.empty if e.by_rule == by_rule]
            if cells:
                lines.append(f"{texts.text(title, lang)} ({sum(e.count for e in cells)}):")
                lines += [_line(e, lang) for e in cells]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, for ``--json``."""
        return {
            "source": self.source,
            "ok": self.ok,
            "rows": self.rows,
            "errors": [e.as_dict() for e in self.errors],
            "warnings": [vars(w) for w in self.warnings],
            "normalised": [vars(n) for n in self.normalised],
            "imputed": self.imputed,
            "by_rule": self.by_rule,
            "empty": [asdict(e) | {"places": e.places} for e in self.empty],
        }


def _line(cells: Empty, lang: str) -> str:
    where = f"{cells.title}!{cells.places}" if cells.letter else texts.text("roster.no_column", lang)
    count = f"{cells.count}/{cells.of}"
    return f"  {sheet_name(cells.kind, lang)} {cells.name(lang)}: {count} ({where})"


