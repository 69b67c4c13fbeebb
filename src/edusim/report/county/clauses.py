"""The report's chapter on clauses: which a policy writes, in whose words, at which value, on what they rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from edusim import policies
from edusim.declarations import STATUSES, Declaration, law_in_force
from edusim.errors import ConfigError
from edusim.policy_words import steps_text, unit_text
from edusim.report.county.facts import Facts
from edusim.report.county.telling import Teller
from edusim.report.document.blocks import Block, Column, Heading, Paragraph, Table, Value

_NUMERALS = "0123456789一二三四五六七八九十"
#: What is shown of many policies beside each other.
KEY_PATHS = (
    "groups.coverage_share", "groups.max_members", "groups.legal_unified", "rotation.share", "rotation.term_years", "rotation.head_may_assign",
    "leadership.member_hours_week", "finance.fund_yuan_year", "finance.group_fund_yuan", "allowance.a_yuan_month", "reward.per_class_yuan",
)  # fmt: skip
#: Most rows of a table on paper; the workbook has all.
MOST_ROWS = 40


@dataclass(frozen=True)
class Written:
    """One clause of a policy, for the groups of a mode (empty: for the whole county)."""

    policy: str
    path: str
    mode: str
    status: str
    document: str
    clause: str
    origin: str
    steps: tuple[tuple[int, float], ...]
    law: float
    quote: str = field(default="", compare=False)

    @property
    def differs(self) -> bool:
        """Whether it ever holds another value than the law in force."""
        return any(value != self.law for _, value in self.steps)


@dataclass(frozen=True)
class Book:
    """The clauses that a run used, read off its manifest; words of documents from the policies at hand."""

    tell: Teller

    @cached_property
    def known(self) -> Mapping[str, Declaration]:
        """Declarations of policy parameters."""
        return law_in_force().parameters

    @cached_property
    def all(self) -> list[Written]:
        """Every clause, policies in their order, then as the documents have them."""
        return [one for policy in self.tell.facts.policies for one in self._of(policy)]

    def _of(self, policy: str) -> Iterator[Written]:
        manifest = self.tell.facts.manifest
        configured = manifest.get("configuration", {}).get("policies", {}).get(policy)
        if configured is None:
            return
        quotes = self._quotes(policy)
        modes: Sequence[str] = configured.get("modes", ["law"])
        order = {path: place for place, path in enumerate(self.known)}
        sources: Mapping[str, Sequence[Mapping[str, str]]] = manifest.get("sources", {}).get(policy, {})
        for path in sorted(sources, key=lambda path: order.get(path, len(order))):
            rows = configured["values"].get(path)
            if path not in self.known or not rows:
                continue
            for source in sources[path]:
                mode = source.get("mode", "")
                place = modes.index(mode) if mode in modes and len(rows[0][1]) > 1 else 0
                yield Written(policy, path, mode, source["status"], source["document"], source["clause"], source["policy"],
                              self._steps(policy, rows, place), float(rows[0][1][0]), quotes.get((path, mode), ""))  # fmt: skip

    def _steps(self, policy: str, rows: Sequence[Any], place: int) -> tuple[tuple[int, float], ...]:
        """Return first year and value of each stretch, from the policy's first year to the run's last."""
        facts = self.tell.facts
        acting = facts.manifest.get("acting", {}).get(policy) or [facts.base_year + 1]
        found: list[tuple[int, float]] = []
        last = int(acting[-1]) if len(acting) > 1 else facts.last_year
        for year, values in rows:
            first, value = max(int(year), int(acting[0])), float(values[place])
            if year > min(last, facts.last_year):
                break
            if found and found[-1][0] == first:
                found.pop()
            if not found or found[-1][1] != value:
                found.append((first, value))
        return tuple(found)

    def _quotes(self, policy: str) -> Mapping[tuple[str, str], str]:
        """Return the documents' words by parameter and mode; none where the policy's file is not at hand."""
        resume = self.tell.facts.manifest.get("resume", {})
        names = [str(name) for name in resume.get("raw", {}).get("policies", [])]
        name = next((one for one in names if one.endswith((".yaml", ".yml")) and one.rpartition("/")[2].rpartition(".")[0] == policy), policy)
        try:
            found = policies.policy(name, resume.get("folder", "."))
        except (ConfigError, OSError):
            return {}
        parts = (("", found.clauses), *zip(found.modes, found.mode_clauses, strict=True))
        return {(path, mode): clause.reference.quote for mode, clauses in parts for path, clause in clauses.items()}

    # -- words ----------------------------------------------------------------------------------------

    def name(self, path: str) -> str:
        """Return what a parameter is."""
        return self.tell.called(self.known[path])

    def value(self, one: Written) -> str:
        """Return the values of a clause with their years."""
        years, values = [year for year, _ in one.steps], [value for _, value in one.steps]
        if len(values) == 1:
            return self.tell.amount(self.known[one.path], values[0])
        return steps_text(self.known[one.path], years, values, self.tell.lang, None) if years else "–"

    def mode(self, key: str) -> str:
        """Return the name of a policy or mode, that of its own file where the run has none."""
        name = self.tell.name(key)
        if name != key or key not in policies.policy_names():
            return name
        found = policies.policy(key)
        return found.name_zh if self.tell.lang == "zh" else found.name_en

    def document(self, key: str) -> str:
        """Return the name of a document."""
        found = law_in_force().documents.get(key)
        return key if found is None else found[0] if self.tell.lang == "zh" else found[1]

    def heading(self, one: Written) -> str:
        """Return the heading of a clause, or that no document has it."""
        return one.clause or self.tell.say("clauses.no_document")


def heading_order(heading: str) -> tuple[bool, list[int]]:
    """Return a key by which headings stand as in their document: ``四(五)`` before ``五(一)``, annexes last."""
    return heading.startswith("附"), [_NUMERALS.find(sign) for sign in heading if sign in _NUMERALS]


def chapter(facts: Facts) -> list[Block]:
    """Return the chapter, heading first."""
    tell = Teller(facts)
    book = Book(tell)
    blocks: list[Block] = [Heading(tell.say("clauses.title"))]
    if not book.all:
        return [*blocks, Paragraph(tell.say("clauses.none"), "lead")]
    documents = tell.listed(tell.say("clauses.document", name=book.document(key)) for key in dict.fromkeys(one.document for one in book.all) if key)
    blocks.append(Paragraph(tell.say("clauses.lead", documents=documents), "lead"))
    blocks += [Paragraph(_dates(tell)), _counts(tell, book), *_on_paper(tell, book), _everything(tell, book)]
    return blocks


def _dates(tell: Teller) -> str:
    facts = tell.facts
    parts = []
    for key in facts.policies:
        years = facts.manifest.get("acting", {}).get(key, [])
        if key == "status_quo":
            continue
        first, last = (years[0], years[-1]) if years else ("", "")
        parts.append(tell.say("clauses.acts" if years else "clauses.never", policy=tell.inside(key), first=first, last=last))
    dates = "document" if facts.manifest.get("dates") == "document" else "aligned"
    return tell.say(f"clauses.dates_{dates}", year=facts.base_year, list=tell.listed(parts))


def _counts(tell: Teller, book: Book) -> Table:
    rows: list[tuple[Value, ...]] = []
    for key in dict.fromkeys(one.policy for one in book.all):
        own = [one for one in book.all if one.policy == key]
        status = Counter(one.status for one in own)
        rows.append((tell.name(key), len(own), *(status[name] for name in STATUSES), sum(one.differs for one in own)))
    columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.4), Column("all", tell.say("clauses.all"), kind="number", digits=0),
        *(Column(name, tell.say(f"clauses.{name}"), kind="number", digits=0) for name in STATUSES),
        Column("differs", tell.say("clauses.differs"), kind="number", digits=0),
    )  # fmt: skip
    return Table("clauses_counts", tell.say("clauses.counts_table"), columns, tuple(rows), tell.say("clauses.counts_note"))


def _on_paper(tell: Teller, book: Book) -> list[Block]:
    """What differs from the law in force: what all policies share by heading, then what sets them apart by parameter."""
    keys = list(dict.fromkeys(one.policy for one in book.all))
    by_path: dict[str, dict[str, list[Written]]] = {}
    for one in book.all:
        by_path.setdefault(one.path, {}).setdefault(one.policy, []).append(one)
    changed = {path: own for path, own in by_path.items() if any(one.differs for rows in own.values() for one in rows)}
    common = [path for path, own in changed.items() if len(own) == len(keys) and len({one.steps for rows in own.values() for one in rows}) == 1]
    blocks: list[Block] = [Heading(tell.say("clauses.paper"), 2)]
    if common:
        groups: dict[tuple[str, str], list[str]] = {}
        for path in common:
            one = by_path[path][keys[0]][0]
            sign = tell.say("clauses.sign") if one.status != "clause" else ""
            groups.setdefault((one.document, book.heading(one)), []).append(tell.say("clauses.item", name=book.name(path), value=book.value(one) + sign))
        columns: tuple[Column, ...] = (Column("clause", tell.say("clauses.head_clause")), Column("content", tell.say("clauses.content"), weight=5.0))
        several = len({document for document, _ in groups}) > 1
        rows: list[tuple[Value, ...]] = [
            (tell.say("clauses.of_document", document=book.document(document), clause=heading) if several and document else heading, tell.semicolons(items))
            for (document, heading), items in sorted(groups.items(), key=lambda group: (group[0][0], heading_order(group[0][1])))
        ]
        caption = tell.say("clauses.common_table" if len(keys) > 1 else "clauses.one_table", policy=tell.inside(keys[0]))
        blocks.append(Table("clauses_common", caption, columns, tuple(rows), tell.say("clauses.sign_note")))
    apart = [path for path in changed if path not in common]
    if apart:
        # Beside many policies only what is asked of every one of them; else the clauses of documents before our own numbers.
        by_rank = sorted(apart, key=lambda path: all(one.status != "clause" for own in by_path[path].values() for one in own))
        kept = set(KEY_PATHS) if tell.is_wide(keys) else set(by_rank[:MOST_ROWS])
        shown = [path for path in apart if path in kept]
        heads = (Column("name", tell.say("clauses.parameter"), weight=2.0), *(Column(key, tell.name(key), weight=1.1) for key in keys))
        cells = [(book.name(path), *(_apart(tell, book, by_path[path], key, path) for key in keys)) for path in shown]
        note = tell.say("clauses.sign_note")
        if len(shown) < len(apart):
            note = tell.told([note, tell.say("clauses.more", n=len(apart) - len(shown))])
        blocks.append(Table("clauses_apart", tell.say("clauses.apart_table"), heads, tuple(cells), note, wide=tell.is_wide(keys)))
    return blocks


def _apart(tell: Teller, book: Book, own: Mapping[str, list[Written]], key: str, path: str) -> str:
    """Return what a policy writes for a parameter, by mode where its modes differ; the law's value where it writes nothing."""
    rows = own.get(key)
    if not rows:
        law = next(one.law for found in own.values() for one in found)
        return tell.say("clauses.as_law", value=tell.amount(book.known[path], law))
    values = {one.mode: book.value(one) + (tell.say("clauses.sign") if one.status != "clause" else "") for one in rows}
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    return tell.semicolons(tell.say("clauses.item", name=book.mode(mode), value=value) for mode, value in values.items())


def _everything(tell: Teller, book: Book) -> Table:
    columns = tuple(
        Column(key, tell.say(f"clauses.head_{key}"), weight=weight) for key, weight in (
            ("policy", 1.2), ("mode", 1.0), ("document", 2.0), ("clause", 0.8), ("quote", 3.0), ("name", 2.5), ("path", 1.8), ("value", 1.5), ("law", 1.0),
            ("unit", 1.0), ("status", 0.8), ("origin", 1.0),
        )
    )  # fmt: skip
    rows = tuple(
        (tell.name(one.policy), book.mode(one.mode) if one.mode else tell.say("clauses.county"), book.document(one.document), one.clause, one.quote,
         book.name(one.path), one.path, book.value(one), tell.amount(book.known[one.path], one.law),
         unit_text(book.known[one.path].unit, tell.lang), tell.say(f"clauses.{one.status}"), book.mode(one.origin))
        for one in book.all
    )  # fmt: skip
    return Table("clauses_all", tell.say("clauses.all_table"), columns, rows, only_workbook=True)


__all__ = ["Book", "Written", "chapter"]
