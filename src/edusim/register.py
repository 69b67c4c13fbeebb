"""The register of clauses: what carries each rule, number, power, duty and sum of the policy texts.

``configs/register.yaml`` has one row for every such clause. A row names the parameters that carry it, or says
why nothing does. What rule reads a parameter and what measure it moves is not typed again: it is looked up in
the parameter's declaration. ``policy:KEY.start``, ``.end`` and ``.mix`` name the dates or the mix of a policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from edusim import configfile, declarations, fingerprints, policies
from edusim.configfile import Node
from edusim.declarations import Declaration, Frozen, bilingual, configs, law_in_force
from edusim.errors import ConfigError, did_you_mean
from edusim.parameters import shipped
from edusim.policies import Policy

#: Most rows that may be set aside, and the sections (governance, appraisal, time) in which they may be.
MAX_ASIDE = 15
ASIDE_IN = ("C", "G", "K")
#: What of a policy, beside its parameters, may carry a row: Chinese, English.
OF_POLICY = {"start": ("开始日期", "start"), "end": ("结束日期", "end"), "mix": ("模式构成", "mix of modes")}

_ROW = re.compile(r"M-\d{2,3}")
_TOKEN = re.compile(r"附\d*|[二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]|\d+|末")
_DIGITS = {sign: i for i, sign in enumerate("〇一二三四五六七八九")}


@dataclass(frozen=True, slots=True)
class Row:
    """One clause: where it stands, its words, and what carries it or why nothing does."""

    id: str
    section: str
    document: str
    clause: str
    quote: str
    carriers: tuple[str, ...]
    aside_zh: str = ""
    aside_en: str = ""
    where: str = field(default="", compare=False)

    @property
    def is_aside(self) -> bool:
        """Whether the row is set aside."""
        return not self.carriers


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries a row: a parameter, or the dates or mix of a policy."""

    name: str
    zh: str
    en: str
    rule: str
    measure: str
    scope: str


@dataclass(frozen=True, slots=True)
class Register:
    """The rows by id, the sections (letter -> Chinese, English) and each document's chapters in order."""

    rows: Mapping[str, Row]
    sections: Mapping[str, tuple[str, str]]
    chapters: Mapping[str, Mapping[str, tuple[str, str]]]

    def of(self, document: str) -> list[Row]:
        """Return the rows of a document in the order of its clauses."""
        rows = (row for row in self.rows.values() if row.document == document)
        return sorted(rows, key=lambda row: (clause_order(row.clause), int(row.id[2:])))

    @property
    def documents(self) -> tuple[str, ...]:
        """Documents that have rows, in the order of the law's list."""
        having = {row.document for row in self.rows.values()}
        return tuple(key for key in law_in_force().documents if key in having)

    def chapter(self, document: str, clause: str) -> tuple[str, str, str]:
        """Return the chapter of a clause: its heading, Chinese and English title; empty when it has none."""
        known = self.chapters.get(document, {})
        fits = [head for head in known if clause.startswith(head)]
        if not fits:
            return "", "", ""
        head = max(fits, key=len)
        return (head, *known[head])


def clause_order(heading: str) -> tuple[int, ...]:
    """Return a key that puts headings in the order of a document: ``三(一)`` before ``四(五)2`` before ``附1二``.

    Headings of another kind come last.
    """
    if not heading or not _TOKEN.match(heading):
        return (10_000, *(int(n) for n in re.findall(r"\d+", heading)))
    found = []
    for token in _TOKEN.findall(heading):
        if token.startswith("附"):
            found.append(1_000 + int(token[1:] or 0))
        elif token == "末":
            found.append(999)
        elif token.isascii():
            found.append(int(token))
        else:
            tens, ten, units = token.rpartition("十")
            found.append((10 * _DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(units, 0))
    return tuple(found)


def _row(key: str, node: Node, sections: Mapping[str, object]) -> Row:
    if not _ROW.fullmatch(key):
        node.fail("REG-ROW", f"行号 {key} 不成样子", f"{key} is no id of a row", "例如 M-07、M-131", "for example M-07, M-131")
    parts = node.mapping(("section", "document", "clause", "quote"), ("parameters", "set_aside"))
    section = parts["section"].word(tuple(sections))
    document = parts["document"].word(tuple(law_in_force().documents), "CFG-UNKNOWN-DOCUMENT")
    if ("parameters" in parts) == ("set_aside" in parts):
        node.fail(
            "REG-CARRIED",
            f"{key} 须写明由哪些参数承担，或为什么不承担，二者取一",
            f"{key} must say what carries it, or why nothing does: one of the two",
            "写 parameters: […] 或 set_aside: {zh: …, en: …}",
            "write parameters: [...] or set_aside: {zh: ..., en: ...}",
        )
    carriers: tuple[str, ...] = ()
    zh = en = ""
    if "parameters" in parts:
        carriers = tuple(item.text() for item in parts["parameters"].items())
        if not carriers or len(set(carriers)) != len(carriers):
            parts["parameters"].fail("REG-CARRIED", f"{key} 的参数为空或重复", f"the parameters of {key} are none, or one twice")
    else:
        zh, en = bilingual(parts["set_aside"])
    text = (parts["clause"].text(), parts["quote"].text())
    return Row(key, section, document, *text, carriers, zh, en, node.where)


def read(path: str | Path) -> Register:
    """Return a register file.

    Raises
    ------
    ConfigError
        For every fault of the file, with its place: ``REG-ROW``, ``REG-CARRIED``, ``CFG-...``.
    """
    top = declarations.header(configfile.read(path), "register", ("sections", "rows"), ("chapters",))
    sections = {key: bilingual(node) for key, node in top["sections"].mapping((), None).items()}
    chapters: dict[str, Mapping[str, tuple[str, str]]] = {}
    if "chapters" in top:
        for document, node in top["chapters"].mapping((), tuple(law_in_force().documents)).items():
            chapters[document] = Frozen({head: bilingual(title) for head, title in node.mapping((), None).items()})
    rows = {key: _row(key, node, sections) for key, node in top["rows"].mapping((), None).items()}
    return Register(Frozen(rows), Frozen(sections), Frozen(chapters))


@lru_cache(maxsize=1)
def load() -> Register:
    """Return the shipped register; see :func:`read`."""
    return read(configs() / "register.yaml")


def find_row(key: str) -> Row:
    """Return a row of the shipped register.

    Raises
    ------
    ConfigError
        ``REG-UNKNOWN`` with the nearest.
    """
    rows = load().rows
    if key not in rows:
        zh, en = did_you_mean(key, rows)
        raise ConfigError("REG-UNKNOWN", f"登记册里没有 {key}", f"the register has no row {key}", mend_zh=zh, mend_en=en)
    return rows[key]


def carrier(name: str) -> Carrier | None:
    """Return what carries a row, looked up where it is declared; None when nothing of that name is."""
    if name.startswith("policy:"):
        key, _, what = name[len("policy:") :].partition(".")
        if what not in OF_POLICY or key not in policies.policy_names():
            return None
        policy = policies.policy(key)
        if not _has(policy, what):
            return None
        zh, en = OF_POLICY[what]
        return Carrier(name, f"{policy.name_zh}的{zh}", f"{en} of {policy.name_en}", "groups", "groups.coverage", "policy")
    found = _declarations().get(name)
    if found is None:
        return None
    return Carrier(name, found.description_zh, found.description_en, found.rule, found.measure, found.scope)


def _has(policy: Policy, what: str) -> bool:
    return what == "start" or (policy.last_year is not None if what == "end" else len(policy.modes) > 1)


@lru_cache(maxsize=1)
def _declarations() -> dict[str, Declaration]:
    return shipped()


def unknown_carriers(register: Register | None = None) -> dict[str, list[str]]:
    """Return names that rows say carry them and that nothing declares: row -> names."""
    rows = (register or load()).rows.values()
    found = {row.id: [name for name in row.carriers if carrier(name) is None] for row in rows}
    return {key: names for key, names in found.items() if names}


def mentions() -> Iterator[tuple[str, str, str]]:
    """Yield (row, parameter, place) wherever a declaration or a shipped policy says which row it carries."""
    for path, declaration in _declarations().items():
        for row in declaration.reference.rows:
            yield row, path, declaration.where
    for key in policies.policy_names():
        policy = policies.policy(key)
        for clauses in (policy.clauses, *policy.mode_clauses):
            for path, clause in clauses.items():
                for row in clause.reference.rows:
                    yield row, path, clause.where


def quotations() -> Iterator[tuple[str, str, str]]:
    """Yield (document, quotation, place) of every quotation that is shipped: register, declarations, policies."""
    for row in load().rows.values():
        yield row.document, row.quote, row.where
    for declaration in _declarations().values():
        if declaration.reference.quote:
            yield declaration.reference.document, declaration.reference.quote, declaration.where
    for key in policies.policy_names():
        policy = policies.policy(key)
        for clauses in (policy.clauses, *policy.mode_clauses):
            for clause in clauses.values():
                if clause.reference.quote:
                    yield clause.reference.document, clause.reference.quote, clause.where


def wrong_quotations() -> list[tuple[str, str, str]]:
    """Return (document, quotation, place) of those that the fingerprints do not hold."""
    return [found for found in quotations() if fingerprints.stands_in(found[1], found[0]) is False]


def coverage(document: str | None = None) -> list[Row]:
    """Return the rows of a document, or all, in the order of documents and clauses.

    Raises
    ------
    ConfigError
        ``CFG-UNKNOWN-DOCUMENT`` with the nearest.
    """
    register = load()
    if document is not None and document not in register.documents:
        zh, en = did_you_mean(document, register.documents)
        raise ConfigError(
            "CFG-UNKNOWN-DOCUMENT", f"登记册里没有文件 {document}", f"the register has no document {document}",
            where="--document", mend_zh=zh, mend_en=en,
        )  # fmt: skip
    wanted = register.documents if document is None else (document,)
    return [row for key in wanted for row in register.of(key)]
