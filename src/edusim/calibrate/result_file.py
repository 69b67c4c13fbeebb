"""What a fit leaves: a behaviour file or a region file, every value with its source, that a scenario can name.

Only identified parameters are changed: value and range are those of the fit, and the source is the table with its hash. The
others keep the value and the range of the file that the scenario used, and their note says that the table does not tell them.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edusim import declarations
from edusim.calibrate.calibration_file import Calibration
from edusim.declarations import Declaration, Reference

#: Words of the head of a file.
_HEAD = {
    "behaviour": ("行为参数，由 edusim calibrate 拟合", "Behaviour, fitted by edusim calibrate"),
    "region": (
        "生成参数，由 edusim calibrate 拟合：只关乎县的样貌（水平与差异系数），不是行为，更不是政策效果",
        "The generator's numbers, fitted by edusim calibrate: what a county looks like (levels and CVs), not behaviour, and no effect of any policy",
    ),
}


def write(calibration: Calibration, told: Mapping[str, Any], scope: str, path: Path, date: str = "") -> Path:
    """Write the parameters of one scope as a file; return its path.

    Parameters
    ----------
    calibration
        What was fitted.
    told
        What :func:`edusim.calibrate.fitting.fit` returned.
    scope
        ``behaviour`` (a file for a scenario's ``behaviour:``) or ``region`` (for its ``region.file``).
    path
        File to write, whole or not at all.
    date
        Day of the fit, year-month-day; today where it is left out.
    """
    fitted = {p["path"]: p for p in told["parameters"] if calibration.known[p["path"]].scope == scope}
    day = date or datetime.date.today().isoformat()
    tables = ", ".join(f"{t['file']} (sha256 {t['sha256'][:12]})" for t in told["tables"])
    if scope == "region":
        # A county is drawn from one file: it must hold every number.
        known: Mapping[str, Declaration] = declarations.declared(calibration.scenario.region_spec.file, "region").parameters
        values = dict(calibration.scenario.region_spec.values)
    else:
        known = {path: calibration.scenario.known[path] for path in fitted}
        values = {path: p["default"] for path, p in fitted.items()}
    zh, en = _HEAD[scope]
    lines = [
        f"# {zh}；情景推演，不是预测",
        f"# {en}; scenario exploration, not a forecast",
        f"# {tables}; {day}",
        "schema_version: 1",
        f"kind: {scope}",
        f"key: {_key(path)}",
        f"name: {{zh: {_quoted(told['name_zh'])}, en: {_quoted(told['name_en'])}}}",
        f"description: {{zh: {_quoted(zh)}, en: {_quoted(en)}}}",
    ]
    documents = _documents(calibration, known.values(), scope)
    if documents:
        lines.append("documents:")
        lines += [f"  {key}: {{zh: {_quoted(d[0])}, en: {_quoted(d[1])}, source: {_quoted(d[2])}}}" for key, d in documents.items()]
    lines.append("parameters:")
    for name, declaration in known.items():
        if name in fitted:
            lines += _fitted(declaration, fitted[name], tables, day, told)
        else:
            lines += _entry(declaration, float(values[name]), declaration.low, declaration.high, declaration.status, declaration.reference)
    beside = path.with_name(f"{path.name}.tmp")
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def _key(path: Path) -> str:
    return "".join(c if c.isalnum() or c in "_-" else "_" for c in path.stem) or "fitted"


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _documents(calibration: Calibration, known: Any, scope: str) -> dict[str, tuple[str, str, str]]:
    """Return the documents that references name and that the law's file does not hold."""
    law = declarations.law_in_force().documents
    own = declarations.declared(calibration.scenario.region_spec.file, "region").documents if scope == "region" else {}
    named = {d.reference.document for d in known if d.reference.document}
    return {key: own[key] for key in sorted(named) if key not in law and key in own}


def _fitted(declaration: Declaration, p: Mapping[str, Any], tables: str, day: str, told: Mapping[str, Any]) -> list[str]:
    near = f"{p['near_low']:.4g} – {p['near_high']:.4g}"
    if p["verdict"] == "yes":
        source = f"fitted to {tables} on {day} with edusim calibrate, model {told['source'][:12]}, {told['trials']} trials"
        note = (
            f"由表拟合；95% 近优范围 {near}（原值 {p['default']:.4g}，原范围 {declaration.low:g} – {declaration.high:g}）",
            f"fitted; near-best sets (95%) cover {near} (before: {p['default']:.4g} in {declaration.low:g} to {declaration.high:g})",
        )
        low, high = min(p["near_low"], p["value"]), max(p["near_high"], p["value"])
        return _entry(declaration, p["value"], low, high, "evidence", Reference(source=source, note_zh=note[0], note_en=note[1]))
    old = declaration.reference
    words = {"partly": ("只能部分识别", "identified in part only"), "no": ("不能识别", "not identified")}[p["verdict"]]
    note = (
        f"{old.note_zh}{'；' if old.note_zh else ''}{tables} {words[0]}（近优范围 {near}），沿用原值与原范围",
        f"{old.note_en}{'; ' if old.note_en else ''}{words[1]} by {tables} (near-best {near}): value and range are left",
    )
    kept = Reference(old.document, old.clause, old.quote, old.source, note[0], note[1], old.rows)
    return _entry(declaration, p["default"], declaration.low, declaration.high, declaration.status, kept)


def _entry(d: Declaration, value: float, low: float, high: float, status: str, reference: Reference) -> list[str]:
    limits = list(d.words) if d.type == "enum" else ["false", "true"] if d.type == "bool" else [_number(d, low), _number(d, high)]
    shown = d.show(value) if d.type in ("enum", "bool") else _number(d, value)
    parts: Sequence[tuple[str, str]] = (
        ("document", reference.document), ("clause", reference.clause), ("quote", reference.quote), ("source", reference.source),
    )  # fmt: skip
    told = [f"{key}: {_quoted(text)}" for key, text in parts if text]
    if reference.note_zh:
        told.append(f"note: {{zh: {_quoted(reference.note_zh)}, en: {_quoted(reference.note_en)}}}")
    if reference.rows:
        told.append(f"rows: [{', '.join(_quoted(row) for row in reference.rows)}]")
    return [
        f"  {d.path}:",
        f"    description: {{zh: {_quoted(d.description_zh)}, en: {_quoted(d.description_en)}}}",
        f"    unit: {_quoted(d.unit)}",
        f"    scope: {d.scope}",
        f"    type: {d.type}",
        f"    status: {status}",
        f"    range: [{', '.join(limits)}]",
        f"    rule: {d.rule}",
        f"    measure: {d.measure}",
        f"    direction: '{d.direction}'",
        f"    reference: {{{', '.join(told)}}}",
        f"    value: {shown}",
    ]


def _number(d: Declaration, value: float) -> str:
    return str(int(value)) if d.type == "int" else repr(float(value))
