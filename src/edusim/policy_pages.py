"""Policies laid out beside their documents: the table of all, one in full, two side by side, what is covered.

Each page is made twice: as plain data, for ``--json`` and programs, and as text for a terminal, where a
Chinese character takes two places.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edusim import declarations, fingerprints, policies, register
from edusim.declarations import LAW, START, STATUS_QUO, Declaration, law_in_force
from edusim.errors import ConfigError, did_you_mean
from edusim.policies import Clause, Policy
from edusim.policy_words import STATUS, steps_text, value_text, wrap
from edusim.report.language import measure_name
from edusim.report.tables import pad, width_of

#: Narrowest and widest page.
NARROW, WIDE = 72, 110


@dataclass(frozen=True, slots=True)
class Entry:
    """A clause of a policy and the modes that have it; ``modes`` is empty for a clause of the whole county."""

    clause: Clause
    modes: tuple[str, ...]
    first_year: int


def find(name: str) -> Policy:
    """Return a policy by its shipped key, or from a file of the working folder.

    Raises
    ------
    ConfigError
        ``CFG-UNKNOWN-POLICY`` with the nearest, or a fault of the file.
    """
    return policies.policy(name, os.getcwd())


def _width() -> int:
    return max(NARROW, min(WIDE, shutil.get_terminal_size((100, 40)).columns))


def _pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _document(key: str, lang: str) -> str:
    known = law_in_force().documents
    return _pick(lang, *known[key][:2]) if key in known else key


def mode_name(policy: Policy, key: str, lang: str) -> str:
    """Return the name of a mode, as its own policy file gives it."""
    if key == policy.key or key == LAW:
        return _pick(lang, policy.name_zh, policy.name_en)
    beside = os.path.join(os.path.dirname(policy.file), f"{key}.yaml")
    found = policies.policy(beside if os.path.isfile(beside) else key)
    return _pick(lang, found.name_zh, found.name_en)


def entries(policy: Policy, mode: str | None = None) -> list[Entry]:
    """Return the clauses of a policy in the order of its document; those of other documents follow.

    Raises
    ------
    ConfigError
        ``CFG-UNKNOWN-MODE`` with the nearest when the policy has no such mode.
    """
    if mode is not None and mode not in policy.modes:
        zh, en = did_you_mean(mode, policy.modes) if policy.modes else ("", "")
        raise ConfigError(
            "CFG-UNKNOWN-MODE", f"{policy.key} 没有模式 {mode}", f"{policy.key} has no mode {mode}",
            where="--mode", mend_zh=zh, mend_en=en,
        )  # fmt: skip
    found: list[Entry] = []
    if policy.key == STATUS_QUO:
        for d in law_in_force().parameters.values():
            found.append(Entry(Clause(d.path, d.status, d.steps, d.reference, d.where, LAW), (), START))
    for clause in policy.clauses.values():
        found.append(Entry(clause, (), policy.first_year))
    alike: dict[tuple[Any, ...], Entry] = {}
    for key, clauses, (first, _) in zip(policy.modes, policy.mode_clauses, policy.mode_years, strict=True):
        if mode is not None and key != mode:
            continue
        for clause in clauses.values():
            what = (clause.path, clause.status, clause.steps, clause.reference.clause, clause.reference.quote, first)
            before = alike.get(what)
            modes = (*(before.modes if before else ()), key)
            alike[what] = Entry(clause, modes, first)
    found += alike.values()
    documents = list(law_in_force().documents)
    order = {path: i for i, path in enumerate(law_in_force().parameters)}

    def place(entry: Entry) -> tuple[Any, ...]:
        document = entry.clause.reference.document
        far = 0 if document and document == policy.document else 1 + documents.index(document) if document else 999
        return (far, register.clause_order(entry.clause.reference.clause), order[entry.clause.path])

    return sorted(found, key=place)


def _value(entry: Entry, known: Declaration, policy: Policy, year: int | None, lang: str) -> tuple[str, bool]:
    """Return the value shown and whether it is the policy's (False: in that year the law in force holds)."""
    steps = entry.clause.steps
    if year is None:
        return steps_text(known, steps.years, steps.values, lang, None), True
    acts = entry.first_year <= year and (policy.last_year is None or year <= policy.last_year)
    value = steps.at(year) if acts else None
    if value is None:
        law = known.steps.at(year)
        return value_text(known, known.default if law is None else law, lang), policy.key == STATUS_QUO
    return value_text(known, value, lang), True


def span(policy: Policy, lang: str) -> str:
    """Return the school years in which a policy acts, by its document."""
    if policy.key == STATUS_QUO:
        return _pick(lang, "一直有效", "always")
    if policy.last_year is None:
        return _pick(lang, f"{policy.first_year} 学年起", f"from {policy.first_year}")
    return _pick(lang, f"{policy.first_year}–{policy.last_year} 学年", f"{policy.first_year}–{policy.last_year}")


def modes_text(policy: Policy, lang: str) -> str:
    """Return the modes of a policy with their shares of groups."""
    if len(policy.modes) < 2:
        return _pick(lang, "单一模式", "one mode") if policy.modes else _pick(lang, "不组建教共体", "no groups")
    steps = policy.mix_steps or ((START, policy.mix),)
    parts = []
    for year, shares in steps:
        named = _pick(lang, "、", ", ").join(
            f"{mode_name(policy, key, lang)} {100 * share:g}%" for key, share in zip(policy.modes, shares, strict=True) if share
        )
        parts.append(named if len(steps) == 1 else f"{year} {named}")
    return " → ".join(parts)


def _mix_data(policy: Policy) -> dict[str, list[float]]:
    """Return first school year -> share of each mode; ``always`` where the mix is not dated."""
    steps = policy.mix_steps or (((START, policy.mix),) if policy.mix else ())
    return {"always" if year == START else str(year): list(shares) for year, shares in steps}


# ---- the table of all policies ---------------------------------------------------------------------


def policies_data() -> list[dict[str, Any]]:
    """Return name, document, years, modes and number of clauses of every shipped policy."""
    rows = []
    for key in policies.policy_names():
        found = policies.policy(key)
        listed = entries(found) if key != STATUS_QUO else []
        rows.append({
            "key": key, "name_zh": found.name_zh, "name_en": found.name_en, "document": found.document,
            "first_year": None if found.first_year == START else found.first_year, "last_year": found.last_year,
            "modes": list(found.modes), "mix": _mix_data(found), "role": found.role, "scenario": found.scenario,
            "clauses": {status: sum(e.clause.status == status for e in listed) for status in declarations.STATUSES},
        })  # fmt: skip
    return rows


def policies_text(lang: str) -> str:
    """Return the table of all shipped policies."""
    head = _pick(lang, "名称|政策|学年|条款|模式", "key|policy|years|clauses|modes").split("|")
    body: list[list[str]] = []
    marks: dict[str, int] = {}
    for row in policies_data():
        found = policies.policy(row["key"])
        name = _pick(lang, found.name_zh, found.name_en)
        if found.document:
            marks.setdefault(found.document, len(marks) + 1)
            name += f" [{marks[found.document]}]"
        n = sum(row["clauses"].values())
        body.append([row["key"], name, span(found, lang), str(n) if n else "–", modes_text(found, lang)])
    lines = _table(head, body, right=(3,))
    if marks:
        lines.append("")
        for key, i in marks.items():
            lines += _hanging(f"[{i}] ", f"{key}  {_document(key, lang)}", _width())
    told = _pick(lang, "edusim policies show 名称：逐条；diff 甲 乙：并列；coverage：条款登记册",
                 "edusim policies show KEY: clause by clause; diff A B: side by side; coverage: the register")  # fmt: skip
    lines += ["", *wrap(told, _width())]
    return "\n".join(lines)


def _table(head: Sequence[str], body: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return aligned lines; the last column wraps at the edge of the page, or stands below where there is no room.

    The second column gives way when the page is too narrow for the others.
    """
    widths = [max(width_of(row[i]) for row in [head, *body]) for i in range(len(head) - 1)]
    start = sum(widths) + 2 * len(widths)
    below = _width() - start < 20
    if below and len(widths) > 1:
        widths[1] = min(widths[1], max(12, _width() - sum(widths) + widths[1] - 2 * len(widths)))
    start = widths[0] + 2 if below else start
    last = _width() - start
    lines = []
    for number, row in enumerate([head, *body]):
        cells = [wrap(row[i], widths[i]) for i in range(len(widths))] + ([] if below else [wrap(row[-1], last)])
        for k in range(max(map(len, cells))):
            parts = [cell[k] if k < len(cell) else "" for cell in cells]
            shown = [pad(part, widths[i], right=i in right) if i < len(widths) else part for i, part in enumerate(parts)]
            lines.append("  ".join(shown).rstrip())
        lines += [" " * start + line for line in wrap(row[-1], last)] if below else []
        if number == 0:
            lines.append("─" * min(_width(), start + max(width_of(row[-1]) for row in [head, *body])))
    return lines


# ---- one policy ------------------------------------------------------------------------------------


def show_data(policy: Policy, year: int | None = None, mode: str | None = None) -> dict[str, Any]:
    """Return a policy's clauses in the order of its document, as plain data."""
    known = law_in_force().parameters
    listed = []
    for entry in entries(policy, mode):
        clause, d = entry.clause, known[entry.clause.path]
        ref = clause.reference
        value, own = _value(entry, d, policy, year, "en")
        listed.append({
            "path": clause.path, "description_zh": d.description_zh, "description_en": d.description_en, "unit": d.unit,
            "modes": list(entry.modes), "status": clause.status if own else LAW, "value": value,
            "values": {("always" if y == START else str(y)): d.show(v) for y, v in zip(clause.steps.years, clause.steps.values, strict=True)},
            "law": d.show(d.default), "document": ref.document, "clause": ref.clause, "quote": ref.quote,
            "quote_stands": fingerprints.stands_in(ref.quote, ref.document) if ref.quote else None, "source": ref.source,
            "note_zh": ref.note_zh, "note_en": ref.note_en, "rows": list(ref.rows), "origin": clause.origin,
        })  # fmt: skip
    return {
        "key": policy.key, "name_zh": policy.name_zh, "name_en": policy.name_en, "document": policy.document,
        "first_year": None if policy.first_year == START else policy.first_year, "last_year": policy.last_year,
        "modes": list(policy.modes), "mix": _mix_data(policy), "year": year, "mode": mode, "clauses": listed,
    }  # fmt: skip


def show_text(policy: Policy, lang: str, year: int | None = None, mode: str | None = None) -> str:
    """Return a policy clause by clause, to be read beside its document."""
    width, zh = _width(), lang == "zh"
    known, listed = law_in_force().parameters, entries(policy, mode)
    counts = {s: sum(e.clause.status == s for e in listed) for s in declarations.STATUSES}
    told = _pick(lang, "、", ", ").join(f"{STATUS[s][0 if zh else 1]} {n}" for s, n in counts.items() if n)
    lines = [f"{_pick(lang, policy.name_zh, policy.name_en)}  {policy.key}"]
    if policy.document:
        lines += wrap(_document(policy.document, lang), width)
    lines += wrap(f"{span(policy, lang)} · {modes_text(policy, lang)} · {_pick(lang, '条款', 'clauses')} {len(listed)} ({told})", width)
    if year is not None:
        lines.append(_pick(lang, f"以下为 {year} 学年的值（按文件日期）", f"values of the school year {year}, by the document's dates"))
    lines += _taken_from(policy, listed, lang)
    before: tuple[str, str] | None = None
    for entry in listed:
        ref = entry.clause.reference
        head, *titles = register.load().chapter(ref.document, ref.clause)
        if (ref.document, head) != before:
            before = (ref.document, head)
            lines += ["", *_chapter(policy, ref.document, head, titles, lang, width)]
        lines += _entry(policy, entry, known[entry.clause.path], lang, year, width)
    return "\n".join(lines)


def _taken_from(policy: Policy, listed: Sequence[Entry], lang: str) -> list[str]:
    own = {policy.key, *policy.modes, LAW, ""}
    counts: dict[str, int] = {}
    for entry in listed:
        if entry.clause.origin not in own:
            counts[entry.clause.origin] = counts.get(entry.clause.origin, 0) + 1
    if not counts:
        return []
    parts = _pick(lang, "、", ", ").join(f"{key} {n}" for key, n in counts.items())
    return [_pick(lang, f"取自其他政策的条款：{parts}", f"clauses taken from other policies: {parts}")]


def _chapter(policy: Policy, document: str, head: str, titles: Sequence[str], lang: str, width: int) -> list[str]:
    title = _pick(lang, *titles) if head else ""
    if document == policy.document and head:
        text = f"{head}  {title}"
    elif document:
        text = f"{_document(document, lang)}  {head} {title}".rstrip()
    else:
        text = _pick(lang, "文件未写，本项目设定", "not in the document, ours")
    return [*wrap(text, width), "─" * width]


def _entry(policy: Policy, entry: Entry, known: Declaration, lang: str, year: int | None, width: int) -> list[str]:
    zh, clause, ref = lang == "zh", entry.clause, entry.clause.reference
    value, own = _value(entry, known, policy, year, lang)
    name = _pick(lang, known.description_zh, known.description_en)
    if entry.modes and len(policy.modes) > 1:
        names = [mode_name(policy, key, lang) for key in entry.modes]
        name += f" [{_pick(lang, '、', ', ').join(names)}]" if len(names) < len(policy.modes) else ""
    indent = " " * 13
    room = width - len(indent)
    right = value if own else _pick(lang, f"{value}（尚未生效或已结束）", f"{value} (not in force)")
    if width_of(name) + width_of(right) + 2 <= room:
        body = [pad(name, room - width_of(right)) + right]
    else:
        body = [*wrap(name, room), *(pad("", room - width_of(part)) + part for part in wrap(right, room))]
    if ref.quote:
        stands = fingerprints.stands_in(ref.quote, ref.document)
        doubt = _pick(lang, "  ⚠ 与文件不符", "  ⚠ not in the document") if stands is False else ""
        body += wrap(f"“{ref.quote}”{doubt}", room)
    note = _pick(lang, ref.note_zh, ref.note_en)
    body += wrap(note, room) if note else []
    facts = [STATUS[clause.status][0 if zh else 1]]
    if policy.key != STATUS_QUO:
        facts.append(_pick(lang, "现行 ", "law ") + value_text(known, known.default, lang))
    facts += [" ".join(ref.rows)] if ref.rows else []
    facts.append(clause.path)
    if clause.origin not in (policy.key, *policy.modes, LAW, ""):
        facts.append(_pick(lang, f"取自 {clause.origin}", f"from {clause.origin}"))
    facts += [ref.source] if ref.source else []
    body += wrap(" · ".join(facts), room)
    place = f"  {ref.clause}"
    if width_of(place) >= len(indent):  # a long heading has a line of its own
        return [place, *(indent + line for line in body)]
    return [(pad(place, len(indent)) + body[0]).rstrip(), *(indent + line for line in body[1:])]


# ---- two policies ----------------------------------------------------------------------------------


def _cells(policy: Policy, path: str, lang: str) -> list[tuple[str, str, str]]:
    """Return (mode, value, status) of a parameter under a policy; one where the modes agree."""
    known = law_in_force().parameters[path]

    def cell(clause: Clause | None, first: int) -> tuple[str, str]:
        if clause is None:
            return steps_text(known, known.steps.years, known.steps.values, lang, None), LAW
        return steps_text(known, clause.steps.years, clause.steps.values, lang, first), clause.status

    if known.scope == "county" or not policy.modes:
        return [("", *cell(policy.clauses.get(path), policy.first_year))]
    found = [
        (key, *cell(clauses.get(path), first))
        for key, clauses, (first, _) in zip(policy.modes, policy.mode_clauses, policy.mode_years, strict=True)
    ]
    return [("", *found[0][1:])] if len({pair[1:] for pair in found}) == 1 else found


def diff_data(a: Policy, b: Policy, lang: str = "en") -> list[dict[str, Any]]:
    """Return the parameters in which two policies differ, with both values, in the order of the declarations.

    Dates are counted from each policy's own start, so that the same path is no difference.
    """
    paths: list[str] = []
    for policy in (a, b):
        for clauses in (policy.clauses, *policy.mode_clauses):
            paths += clauses
    wanted = set(paths)
    rows = []
    for path, d in law_in_force().parameters.items():
        if path not in wanted:
            continue
        left, right = _cells(a, path, lang), _cells(b, path, lang)
        if [cell[:2] for cell in left] == [cell[:2] for cell in right]:
            continue
        row: dict[str, Any] = {"path": path, "description_zh": d.description_zh, "description_en": d.description_en, "unit": d.unit}
        for side, cells in (("a", left), ("b", right)):
            row[side] = [{"mode": mode, "value": value, "status": status} for mode, value, status in cells]
        rows.append(row)
    return rows


def diff_text(a: Policy, b: Policy, lang: str) -> str:
    """Return two policies side by side, only what differs, with the status of each value."""
    width, zh = _width(), lang == "zh"
    column = (width - 4) // 3
    rows = diff_data(a, b, lang)
    names = [_pick(lang, p.name_zh, p.name_en) for p in (a, b)]
    if not rows:
        return _pick(lang, f"{names[0]} 与 {names[1]}：没有不同的值", f"{names[0]} and {names[1]}: no value differs")
    lines = []
    for policy, name in ((a, names[0]), (b, names[1])):
        lines += wrap(f"{name} ({policy.key}) · {span(policy, lang)} · {modes_text(policy, lang)}", width)
    lines.append("")
    lines += [pad("", width - 2 * column - 4) + "  " + pad(a.key, column) + "  " + b.key, "─" * width]
    for row in rows:
        cells = [wrap(row["description_zh" if zh else "description_en"], width - 2 * column - 4)]
        for policy, side in ((a, "a"), (b, "b")):
            text: list[str] = []
            for value in row[side]:
                mode = f"{mode_name(policy, value['mode'], lang)} " if value["mode"] else ""
                text += wrap(f"{mode}{value['value']} ({STATUS[value['status']][0 if zh else 1]})", column)
            cells.append(text)
        widths = (width - 2 * column - 4, column, column)
        for i in range(max(map(len, cells))):
            parts = [pad(cell[i] if i < len(cell) else "", w) for cell, w in zip(cells, widths, strict=True)]
            lines.append("  ".join(parts).rstrip())
        lines.append("  " + row["path"])
    count = len(rows)
    told = _pick(
        lang, f"共 {count} 项不同；日期各自从政策开始之年算起", f"{count} differences; years are counted from each policy's own start"
    )
    lines += ["─" * width, *wrap(told, width)]
    return "\n".join(lines)


# ---- what is covered -------------------------------------------------------------------------------


def coverage_data(document: str | None = None) -> dict[str, Any]:
    """Return counts by document, and every row with what carries it or why it is set aside."""
    rows = register.coverage(document)
    listed: list[dict[str, Any]] = []
    for row in rows:
        carriers: list[dict[str, Any]] = []
        for name in row.carriers:
            found = register.carrier(name)
            facts: Mapping[str, str] = {} if found is None else {"zh": found.zh, "en": found.en, "rule": found.rule, "measure": found.measure}
            carriers.append({"name": name, "declared": found is not None, **facts})
        aside = {"zh": row.aside_zh, "en": row.aside_en} if row.is_aside else None
        listed.append({
            "id": row.id, "section": row.section, "document": row.document, "clause": row.clause, "quote": row.quote,
            "carriers": carriers, "set_aside": aside,
        })  # fmt: skip
    counts = {
        key: {"rows": sum(r.document == key for r in rows), "set_aside": sum(r.document == key and r.is_aside for r in rows)}
        for key in dict.fromkeys(row.document for row in rows)
    }
    undeclared = sum(not c["declared"] for row in listed for c in row["carriers"])
    return {"documents": counts, "rows": listed, "n_rows": len(rows), "n_set_aside": sum(r.is_aside for r in rows), "n_undeclared": undeclared}


def coverage_text(lang: str, document: str | None = None) -> str:
    """Return the register of clauses: counts, then every row by document and chapter."""
    width = _width()
    found = coverage_data(document)
    head = _pick(lang, "条款|承担|不予模拟|文件", "clauses|carried|set aside|document").split("|")
    body = [
        [str(n["rows"]), str(n["rows"] - n["set_aside"]), str(n["set_aside"]), _document(key, lang)]
        for key, n in found["documents"].items()
    ]
    if len(body) > 1:
        total = (found["n_rows"], found["n_rows"] - found["n_set_aside"], found["n_set_aside"])
        body.append([*map(str, total), _pick(lang, "合计", "all")])
    lines = _table(head, body, right=(0, 1, 2))
    before: tuple[str, str] = ("", "")
    indent = " " * 19
    for row in register.coverage(document):
        chapter, *titles = register.load().chapter(row.document, row.clause)
        if row.document != before[0]:
            lines += ["", "", *wrap(_document(row.document, lang), width), "═" * width]
        if (row.document, chapter) != before:
            lines += ["", f"{chapter}  {_pick(lang, *titles)}"] if chapter else [""]
        before = (row.document, chapter)
        body_lines = wrap(f"“{row.quote}”", width - len(indent))
        if row.is_aside:
            body_lines += wrap(_pick(lang, f"不予模拟：{row.aside_zh}", f"set aside: {row.aside_en}"), width - len(indent))
        for name in row.carriers:
            by = register.carrier(name)
            what = _pick(lang, "未声明", "not declared") if by is None else _pick(lang, by.zh, by.en)
            tail = "" if by is None else f"  ({by.rule}{_pick(lang, '；', '; ')}{measure_name(by.measure, lang)})"
            body_lines += _hanging("→ ", f"{what}  {name}{tail}", width - len(indent))
        first, *more = body_lines
        lines.append(pad(f"  {row.id}", 8) + pad(row.clause, len(indent) - 9) + " " + first)
        lines += [indent + line for line in more]
    if found["n_undeclared"]:
        lines += ["", _pick(lang, f"⚠ {found['n_undeclared']} 个名称没有声明", f"⚠ {found['n_undeclared']} names are not declared")]
    return "\n".join(lines)


def _hanging(sign: str, content: str, width: int) -> list[str]:
    first, *more = wrap(content, width - len(sign))
    return [sign + first, *(" " * len(sign) + line for line in more)]
