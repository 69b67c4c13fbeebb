"""What checking a roster found, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from edusim.errors import DataError, DataErrors, language
from edusim.region.roster_columns import SHEETS

#: Messages of one kind that the text shows; ``errors`` holds them all.
_SHOWN = 200


@dataclass(frozen=True)
class Notice:
    """Something a reader should know that is not an error: a warning, or what was normalised."""

    code: str
    zh: str
    en: str
    where: str = ""

    def message(self, lang: str | None = None) -> str:
        """Return the notice on one line, in ``lang``."""
        text = self.zh if language(lang) == "zh" else self.en
        return f"{self.where}: {text} [{self.code}]" if self.where else f"{text} [{self.code}]"


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
    """

    source: str
    rows: dict[str, int] = field(default_factory=dict)
    errors: list[DataError] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    normalised: list[Notice] = field(default_factory=list)
    imputed: dict[str, int] = field(default_factory=dict)
    by_rule: dict[str, int] = field(default_factory=dict)

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
        """Return the report as lines of text in ``lang`` (``zh`` or ``en``)."""
        zh = language(lang) == "zh"
        counts = ("、" if zh else ", ").join(f"{SHEETS[kind].zh if zh else kind} {n}" for kind, n in self.rows.items())
        state = (
            ("可以使用" if zh else "can be used")
            if self.ok
            else (f"{len(self.errors)} 处错误" if zh else f"{len(self.errors)} errors")
        )
        lines = [f"{self.source}: {state}" + (f" ({counts})" if counts else "")]
        parts: list[tuple[str, str, Sequence[Notice | DataError]]] = [
            ("错误", "Errors", self.errors),
            ("提醒", "Warnings", self.warnings),
            ("已规范化", "Normalised", self.normalised),
        ]
        for zh_title, en_title, items in parts:
            if items:
                lines.append(f"{zh_title if zh else en_title} ({len(items)}):")
                lines += [f"  {item.message('zh' if zh else 'en')}" for item in items[:_SHOWN]]
                if len(items) > _SHOWN:
                    more = len(items) - _SHOWN
                    lines.append(f"  …… 另有 {more} 条" if zh else f"  ... and {more} more")
        for title, cells in (
            (
                "将按参照分布抽取（每次抽样重抽）的单元格"
                if zh
                else "Cells to be drawn from the reference, anew in every draw",
                self.imputed,
            ),
            ("留给模型规则的单元格" if zh else "Cells left to the model's rule", self.by_rule),
        ):
            if cells:
                lines.append(f"{title} ({sum(cells.values())}):")
                lines += [f"  {name}: {n}" for name, n in cells.items()]
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
        }
