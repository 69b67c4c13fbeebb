"""The report's chapter on assumptions and data: what parameters rest on, what is drawn, what this cannot say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from edusim.declarations import STATUSES, Declaration
from edusim.parameters import shipped
from edusim.policy_words import unit_text
from edusim.report.county.attached import Attached, of_kind
from edusim.report.county.facts import Facts
from edusim.report.county.telling import Teller
from edusim.report.document.blocks import Block, Bullets, Column, Heading, Paragraph, Table, Value
from edusim.scenario import RULES

#: How a table that was not given, and is drawn row by row, is named among what was drawn.
ROWS = ".rows"
#: What is drawn for a school and is no column of the roster's sheets by this name.
DRAWN = ("management", "reputation", "has_boarding")
#: What the report says of its limits, in order; long form in docs/ethics-and-limits.md.
LIMITS = ("forecast", "causal", "school", "outside", "decide")
#: Scope of a declaration -> the kind of parameters it is counted with.
KINDS = {"behaviour": "behaviour", "county": "law", "group": "law", "region": "region"}


def chapter(facts: Facts, attached: Sequence[Attached] = ()) -> list[Block]:
    """Return the chapter, heading first.

    Parameters
    ----------
    facts
        What the run's frames say.
    attached
        What studies found; those of sensitivity say which parameters matter most.
    """
    tell = Teller(facts)
    used = _used(tell)
    behaviour = [one for one in used.values() if one.scope == "behaviour"]
    status = Counter(one.status for one in behaviour)
    lead = tell.say("assumptions.lead", n=len(behaviour), evidence=status["evidence"], assumption=status["assumption"])
    blocks: list[Block] = [Heading(tell.say("assumptions.title")), Paragraph(lead, "lead"), _counts(tell, used), Paragraph(_changed(tell, used))]
    blocks += _most(tell, used, attached)
    return [*blocks, *_data(tell), *_limits(tell), *_everything(tell, used)]


def _used(tell: Teller) -> Mapping[str, Declaration]:
    """Return the declarations of the parameters that the run took."""
    configuration = tell.facts.manifest.get("configuration", {})
    whole: Mapping[str, Any] = next(iter(configuration.get("policies", {}).values()), {})
    held = {*whole.get("values", {}), *configuration.get("region", {}).get("values", {})}
    return {path: one for path, one in shipped().items() if path in held}


def _counts(tell: Teller, used: Mapping[str, Declaration]) -> Table:
    rows: list[tuple[Value, ...]] = []
    for kind in ("behaviour", "law", "region"):
        own = [one for one in used.values() if KINDS[one.scope] == kind]
        status = Counter(one.status for one in own)
        if own:
            rows.append((tell.say(f"assumptions.{kind}"), len(own), *(status[name] for name in STATUSES)))
    columns = (
        Column("kind", tell.say("assumptions.kind"), weight=2.2), Column("all", tell.say("assumptions.all"), kind="number", digits=0),
        *(Column(name, tell.say(f"assumptions.{name}"), kind="number", digits=0) for name in STATUSES),
    )  # fmt: skip
    return Table("assumptions_counts", tell.say("assumptions.counts_table"), columns, tuple(rows), tell.say("assumptions.counts_note"))


def _put(tell: Teller) -> Mapping[str, Any]:
    return dict(tell.facts.manifest.get("overrides", {}).get("parameters") or {})


def _changed(tell: Teller, used: Mapping[str, Declaration]) -> str:
    put = _put(tell)
    if not put:
        return tell.say("assumptions.unchanged")
    parts = []
    for path, value in put.items():
        known = used.get(path.rpartition(":")[2])
        shown = tell.listed(f"{date}: {one}" for date, one in value.items()) if isinstance(value, Mapping) else str(value)
        parts.append(tell.say("assumptions.change", name=tell.called(known), path=path, value=shown) if known else f"{path} = {shown}")
    return tell.say("assumptions.changed", list=tell.semicolons(parts))


def _most(tell: Teller, used: Mapping[str, Declaration], attached: Sequence[Attached]) -> list[Block]:
    """The parameters that matter most, where a sensitivity study says which."""
    found = of_kind(tuple(attached), "sensitivity")
    names = [name for one in found for name in one.names]
    if not names:
        return [Paragraph(tell.say("assumptions.most_unknown"))]
    blocks: list[Block] = [Paragraph(tell.say("assumptions.most", list=tell.listed(names)))]
    paths = [path.rpartition(":")[2] for one in found for path in one.paths]
    rows = tuple(_row(tell, used[path]) for path in dict.fromkeys(paths) if path in used)
    if rows:
        keep = (0, 2, 4, 5, 6, 7)
        columns = _columns(tell)
        blocks.append(Table("assumptions_most", tell.say("assumptions.most_table"), tuple(columns[i] for i in keep),
                            tuple(tuple(row[i] for i in keep) for row in rows)))  # fmt: skip
    return blocks


def _data(tell: Teller) -> list[Block]:
    manifest = tell.facts.manifest
    kind = manifest.get("configuration", {}).get("region", {}).get("kind", "synthetic")
    notes = [str(note[tell.lang]) for note in manifest.get("notes", []) if note.get(tell.lang)]
    items = [tell.say("assumptions.roster"), *notes] if kind == "roster" else notes or [tell.say("assumptions.synthetic")]
    off = [rule for rule in RULES if rule not in manifest.get("rules_on", RULES)]
    items.append(tell.say("assumptions.rules_off", list=tell.listed(tell.say(f"assumptions.rule_{rule}") for rule in off)) if off
                 else tell.say("assumptions.rules_on"))  # fmt: skip
    for one in manifest.get("extensions", ()):
        named = [f"{part[tell.lang]} ({name})" for kind in ("rules", "measures", "parameters") for name, part in one[kind].items()]
        items.append(tell.say("assumptions.own", file=one["file"], list=tell.listed(named)))
        silent = [name for name in one["rules"] if name not in manifest["rules_on"]]
        if silent:
            items.append(tell.say("assumptions.own_off", list=tell.listed(silent)))
    imputed = {str(column): int(n) for column, n in manifest.get("imputed", {}).items() if int(n)}
    if kind == "roster" and not imputed:
        items.append(tell.say("assumptions.complete"))
    blocks: list[Block] = [Heading(tell.say("assumptions.data"), 2), Bullets(tuple(items))]
    if imputed:
        columns = (Column("column", tell.say("assumptions.column"), weight=2.0), Column("cells", tell.say("assumptions.cells"), kind="number", digits=0))
        # Cells are counted apart from whole tables: the one is what a county can still fill in.
        cells = {column: n for column, n in imputed.items() if not column.endswith(ROWS)}
        drawn = [tell.say("assumptions.rows", table=_table_name(column.removesuffix(ROWS), tell), n=f"{n:,}")
                 for column, n in imputed.items() if column.endswith(ROWS)]  # fmt: skip
        said = [tell.say("assumptions.imputed_said", n=f"{sum(cells.values()):,}") if cells else "",
                tell.say("assumptions.imputed_rows", list=tell.listed(drawn)) if drawn else ""]  # fmt: skip
        blocks.append(Paragraph(tell.told(said)))
        if cells:
            rows: tuple[tuple[Value, ...], ...] = tuple((_column_name(column, tell), n) for column, n in sorted(cells.items(), key=lambda one: -one[1]))
            blocks.append(Table("assumptions_imputed", tell.say("assumptions.imputed_table"), columns, rows))
    return blocks


def _table_name(key: str, tell: Teller) -> str:
    """Return a table of the roster in the reader's words; pupils, of whom there is no sheet, by their own."""
    from edusim.region.roster_columns import SHEETS

    if key in SHEETS:
        return SHEETS[key].zh if tell.lang == "zh" else SHEETS[key].en
    return tell.say("assumptions.pupils") if key == "pupils" else key


def _column_name(column: str, tell: Teller) -> str:
    """Return a column of the roster in the reader's words, its key behind it; the key alone where it is not known."""
    from edusim.region.roster_columns import SHEETS

    sheet, _, key = column.partition(".")
    known = SHEETS[sheet].columns.get(key) if sheet in SHEETS else None
    name = tell.say(f"assumptions.drawn_{key}") if key in DRAWN else "" if known is None else known.zh if tell.lang == "zh" else known.en
    return column if name in ("", key) else f"{name} ({column})"


def _limits(tell: Teller) -> list[Block]:
    return [Heading(tell.say("assumptions.limits"), 2), Bullets(tuple(tell.say(f"assumptions.limit_{name}") for name in LIMITS))]


def _columns(tell: Teller) -> tuple[Column, ...]:
    weights = {"name": 3.0, "path": 2.0, "source": 4.0}
    names = ("name", "path", "value", "unit", "low", "high", "status", "source", "changed")
    return tuple(
        Column(name, tell.say(f"assumptions.head_{name}"), kind="number" if name in ("low", "high") else "text", digits=3, weight=weights.get(name, 1.0))
        for name in names
    )


def _row(tell: Teller, one: Declaration) -> tuple[Value, ...]:
    facts, numeric = tell.facts, one.type in ("float", "int")
    if one.scope == "region":
        taken = {"": float(facts.manifest["configuration"]["region"]["values"].get(one.path, math.nan))}
    else:
        taken = {key: value for key in facts.policies if math.isfinite(value := tell.value(key, one.path))}
    shown: Value = tell.semicolons(f"{tell.inside(key)} {one.show(value)}" for key, value in taken.items())
    if len(set(taken.values())) == 1:
        only = next(iter(taken.values()))
        shown = only if numeric else tell.amount(one, only)
    put = {path.rpartition(":")[2] for path in _put(tell)}
    return (tell.called(one), one.path, shown, unit_text(one.unit, tell.lang), one.low if numeric else None, one.high if numeric else None,
            tell.say(f"assumptions.{one.status}"), one.reference.text(tell.lang), tell.say("assumptions.yes") if one.path in put else "")  # fmt: skip


def _everything(tell: Teller, used: Mapping[str, Declaration]) -> list[Block]:
    blocks: list[Block] = []
    for scope in ("behaviour", "region"):
        rows = tuple(_row(tell, one) for one in used.values() if one.scope == scope)
        if rows:
            blocks.append(Table(f"assumptions_{scope}", tell.say(f"assumptions.{scope}_table"), _columns(tell), rows, only_workbook=True))
    return blocks
