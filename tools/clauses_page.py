"""`docs/clauses.md`: every clause of the five documents, by document and chapter, and what carries it."""

# ruff: noqa: E501 -- one entry of a table stays one line
from __future__ import annotations

import re

from glance import table

from edusim import policies, register
from edusim.declarations import STATUS_QUO, Declaration, law_in_force
from edusim.policies import Policy
from edusim.policy_words import STATUS, steps_text, value_text
from edusim.report.language import measure_name

INTRO = """\
Generated from `configs/register.yaml` and the policies of `configs/policies/`. One row for every rule, number, power, duty and sum of money in the five texts, in the order of each document, in its own words. `edusim policies coverage` prints the same; `edusim policies show KEY` lays one policy beside its document.

由条款登记册与各政策文件生成。五份文件中的每一条规则、数字、职权、义务、经费各占一行，按原文次序，用原文词句；右栏写明由哪些参数承担、现行法规与各政策的取值。条文写明的值标“条文”，文本未写而由本项目设定的标“设定”，应在其范围内变动，看结论是否依旧。

- A clause without an evidenced channel to learning carries hours, yuan or a report only. 对学业没有实证渠道的条款，只承担时数、经费或报告，不虚设效果。
- Set aside are rituals of governance only. 不予模拟的只有治理仪式，理由写在该行。
- Quotations are checked against fingerprints of the texts by a test. 引文由测试与原文指纹核对，改一字即不通过。
"""


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets on the usual hosts."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def policies_of(document: str) -> list[Policy]:
    """Return the shipped policies of a document that have clauses of their own."""
    found = [policies.policy(key) for key in policies.policy_names() if key != STATUS_QUO]
    return [p for p in found if p.document == document and len(p.modes) == 1]


def values(d: Declaration, document: str) -> str:
    """Return what the law in force says of a parameter and what the document's policies say."""
    parts = [f"现行 {value_text(d, d.default, 'zh')}"]
    by_value: dict[str, list[str]] = {}
    for policy in policies_of(document):
        clause = {**policy.clauses, **policy.mode_clauses[0]}.get(d.path)
        if clause is not None:
            shown = steps_text(d, clause.steps.years, clause.steps.values, "zh", None)
            by_value.setdefault(f"{shown}（{STATUS[clause.status][0]}）", []).append(policy.name_zh)
    parts += [f"{'、'.join(names)} **{shown}**" for shown, names in by_value.items()]
    return "；".join(parts)


def carried(row: register.Row) -> str:
    """Return the last cell of a row."""
    if row.is_aside:
        return f"不予模拟：{row.aside_zh}<br>*set aside: {row.aside_en}*"
    law = law_in_force().parameters
    parts = []
    for name in row.carriers:
        found = register.carrier(name)
        if found is None:
            parts.append(f"`{name}`")
            continue
        tail = f"<br>{values(law[name], row.document)}" if name in law else ""
        parts.append(f"{found.zh} *{found.en}* `{name}`{tail}")
    return "<br>".join(parts)


def index() -> str:
    """Return the parameters that carry rows, with rule and measure."""
    rows: dict[str, list[str]] = {}
    for row in register.load().rows.values():
        for name in row.carriers:
            rows.setdefault(name, []).append(row.id)
    body = []
    for name in sorted(rows):
        found = register.carrier(name)
        rule, measure = (f"`{found.rule}`", measure_name(found.measure, "zh")) if found else ("", "")
        english = measure_name(found.measure, "en") if found else ""
        body.append((f"`{name}`", rule, f"{measure} *{english}*" if measure else "", " ".join(rows[name])))
    return table(("parameter 参数", "rule 规则", "measure that it moves 它移动的指标", "rows 行"), body)


def page() -> str:
    known = register.load()
    documents = law_in_force().documents
    counts = []
    for key in known.documents:
        rows = known.of(key)
        aside = sum(row.is_aside for row in rows)
        names = "、".join(f"`{p.key}` {p.name_zh}" for p in policies_of(key))
        counts.append((f"[{documents[key][0]}](#{anchor(documents[key][0])})", len(rows), len(rows) - aside, aside, names))
    total = [sum(int(str(row[i])) for row in counts) for i in (1, 2, 3)]
    counts.append(("合计 all", *total, ""))
    parts = [
        "# Clauses 条款登记\n", INTRO,
        table(("document 文件", "rows 条款", "carried 承担", "set aside 不予模拟", "policies 政策"), counts),
    ]  # fmt: skip
    for key in known.documents:
        zh, en, _ = documents[key]
        parts.append(f"## {zh}\n\n*{en}*\n")
        before = None
        body: list[tuple[object, ...]] = []
        for row in known.of(key):
            chapter = known.chapter(key, row.clause)
            if chapter != before:
                parts += [table(("行", "条款", "原文", "承担 carried by"), body)] if body else []
                parts.append(f"### {chapter[0]}　{chapter[1]} *{chapter[2]}*\n")
                before, body = chapter, []
            body.append((row.id, row.clause, f"“{row.quote}”", carried(row)))
        parts.append(table(("行", "条款", "原文", "承担 carried by"), body))
    sections = [(letter, zh, en, sum(r.section == letter for r in known.rows.values()), sum(r.section == letter and r.is_aside for r in known.rows.values()))
                for letter, (zh, en) in known.sections.items()]  # fmt: skip
    parts += ["## By subject 按事项\n", table(("", "事项", "subject", "rows 条款", "set aside 不予模拟"), sections)]
    parts += ["## By parameter 按参数\n", index()]
    return "\n".join(parts)
