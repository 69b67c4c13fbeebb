"""The report on a study of many futures (``edusim discover``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edusim.discover.futures import ENOUGH_FUTURES
from edusim.language import text
from edusim.report.document.blocks import Block, Column, Document, Heading, Table
from edusim.report.language import limits
from edusim.reporting.markdown import blocks_of
from edusim.reporting.source import Told, first_page, picture_of, version_facts

if TYPE_CHECKING:
    from edusim.discover.analysis import Discovery
    from edusim.discover.telling import Teller
    from edusim.reporting.source import Draw

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Discovered:
    """A discovery, as a report needs it."""

    found: Discovery

    @property
    def languages(self) -> tuple[str, ...]:
        """Both."""
        return LANGUAGES

    def told(self, lang: str) -> Told:
        """Return the sentences of the first page: where one mode is best, where none beats the law, where nothing can be told, what to measure."""
        return _told(self.found, self.found.teller(lang))

    def document(self, lang: str) -> Document:
        """Return what was found as a document: first page, overview, then outcome by outcome with its figure, table and text."""
        from edusim.discover.pictures import drawers, rows_of

        found, teller = self.found, self.found.teller(lang)
        page = blocks_of(teller.text(found.outcomes), key="discover", item=text("reporting.column.item", lang))
        draws = drawers(found, lang, for_report=True)
        titles = {f"wins-{name}": teller.headline(name) for name in found.outcomes}
        blocks: list[Block] = [*first_page(self.told(lang), lang), Heading(text("reporting.discover.heading", lang))]
        outcomes = iter(found.outcomes)
        # With few futures no region is searched for, and the figure of an outcome would be empty.
        is_searched = found.futures.n >= ENOUGH_FUTURES
        for block in page.blocks:
            if isinstance(block, Heading) and block.level == 1:
                if "overview" in draws:
                    summary = teller.summary(found.outcomes)
                    blocks.append(picture_of("overview", draws.pop("overview"), caption=text("reporting.discover.overview", lang), alt=summary))
                name = next(outcomes)
                blocks.append(block)
                blocks += _table(teller, name, rows_of(teller, name, found.futures.arms[0]), lang)
                if is_searched and f"wins-{name}" in draws:
                    title = titles[f"wins-{name}"]
                    blocks.append(picture_of(f"wins_{name}", draws.pop(f"wins-{name}"), caption=title, alt=f"{title}. {teller.second_line(name)}"))
                continue
            blocks.append(block)
        return Document(page.title, text("reporting.discover.subtitle", lang), lang, tuple(blocks), tuple(limits(lang)), self._facts(lang))

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return the overview and one figure an outcome."""
        from edusim.discover.pictures import drawers

        return drawers(self.found, lang, for_report=for_report)

    def _facts(self, lang: str) -> dict[str, str]:
        manifest, f = self.found.manifest, self.found.futures
        teller = self.found.teller(lang)

        def say(key: str) -> str:
            return text(f"reporting.fact.{key}", lang)

        source: Any = manifest["source"]
        return {
            say("policies"): say("comma").join(teller.words.policy(mode) for mode in f.modes), say("baseline"): teller.words.policy(f.baseline),
            say("futures"): f"{f.n:,}", say("draws"): f"{f.draws:,}", say("assumptions"): f"{len(f.assumptions):,}",
            say("runs"): f"{f.planned:,}", say("failed"): f"{f.failed:,}", say("store"): str(source.get("store", "")),
            say("model"): str(source.get("model", "")), say("study"): str(source.get("study", "")), **version_facts(manifest["versions"], lang),
        }  # fmt: skip


def _table(teller: Teller, name: str, rows: list[list[str]], lang: str) -> list[Block]:
    if len(rows) < 2:
        return []
    head = [text("reporting.column.policy", lang), *rows[0][1:]]
    columns = tuple(Column(f"c{k}", words, weight=1.6 if k in (0, len(head) - 1) else 1.0) for k, words in enumerate(head))
    return [Table(f"wins_table_{name}", text("reporting.discover.table", lang, name=teller.name(name)), columns, tuple(map(tuple, rows[1:])))]


def _told(found: Discovery, teller: Teller) -> Told:
    f, arm = found.futures, found.futures.arms[0]
    if f.draws < 2:  # luck cannot be told
        unknown = [paragraphs(found, teller.lang)[0], teller.say("closing")]
        return Told((), (), unknown, (text("reporting.discover.nothing.collect", teller.lang, n=f"{f.n:,}", draws=f"{f.draws:,}"),))
    do, dont = [], []
    unknown = [teller.say("closing")]
    collect: dict[str, float] = {}
    for name in (n for n in found.outcomes if f.outcome(n).sign):
        state = teller.state(name, arm)
        rows = teller.rows("wins", outcome=name, arm=arm)
        headline = teller.headline(name) + teller.say("stop")
        if len(rows) and float(rows["no_mode_beats_law"].iloc[0]) >= 0.5:
            dont.append(headline)
        elif state.kind == "first" and state.is_carried:
            do.append(headline)
        else:
            unknown.append(headline)
        for one, share in teller.first_to_measure(name, arm):
            called = teller.capital(teller.called(one))
            collect[called] = max(collect.get(called, 0.0), share)
    named = sorted(collect, key=lambda one: -collect[one])
    data = [text("reporting.discover.collect", teller.lang, name=one, share=f"{100 * collect[one]:.0f}%") for one in named]
    return Told(do, dont, unknown, data or [text("reporting.discover.nothing.collect", teller.lang, n=f"{f.n:,}", draws=f"{f.draws:,}")])


def paragraphs(found: Discovery, lang: str) -> tuple[str, ...]:
    """Return what is told of a discovery in a county's report: which mode is best where, of how many futures and draws, and what it is not."""
    teller = found.teller(lang)
    summary = teller.summary(found.outcomes) + teller.say("stop")
    if found.futures.draws < 2:  # luck cannot be told
        summary = text("reporting.discover.one_draw", lang, summary=summary)
    return summary, teller.about(), teller.say("closing")


def that_matter(found: Discovery, lang: str) -> list[tuple[str, str]]:
    """Return the assumptions that most of the spread rests on, the first first: in words, and the path of its parameter (a ratio has none)."""
    teller, arm = found.teller(lang), found.futures.arms[0]
    best: dict[tuple[str, str], float] = {}
    for name in (n for n in found.outcomes if found.futures.outcome(n).sign):
        for one, share in teller.first_to_measure(name, arm):
            path = "" if one.group == "ratio" else one.column.partition(".")[2]
            key = (teller.called(one), path)
            best[key] = max(best.get(key, 0.0), share)
    return sorted(best, key=lambda one: -best[one])


__all__ = ["Discovered", "paragraphs", "that_matter"]
