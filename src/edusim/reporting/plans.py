"""The report on a search for the best plans (``edusim optimise``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edusim.language import text
from edusim.report.document.blocks import Block, Column, Document, Heading, Table
from edusim.report.language import limits
from edusim.reporting.markdown import blocks_of
from edusim.reporting.source import Told, first_page, picture_of, version_facts

if TYPE_CHECKING:
    from edusim.optimise.best import Best
    from edusim.optimise.telling import Teller
    from edusim.reporting.source import Draw

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Plans:
    """The best plans of a search, as a report needs them."""

    best: Best

    @property
    def languages(self) -> tuple[str, ...]:
        """Both."""
        return LANGUAGES

    def told(self, lang: str) -> Told:
        """Return the sentences of the first page: the plans by name, what does not stand on fresh draws, what was flattered."""
        teller = self.best.teller(lang)
        stop = teller.say("stop")
        if not self.best.front.feasible:
            return Told((), (teller.headline() + stop,), (teller.sure(),))
        do: list[str] = []
        unknown: list[str] = []
        for place in teller.places():
            name = teller.capital(teller.name_of(place))
            told = text("reporting.about", lang, name=name, sentence=teller.plan(place) + stop)
            (do if self._is_sure(teller, place) else unknown).append(told)
        if do:
            do.insert(0, teller.headline() + stop)
        else:
            unknown.insert(0, teller.headline() + stop)
        return Told(do, (), [teller.say("closing"), teller.sure(), *unknown])

    def _is_sure(self, teller: Teller, place: int) -> bool:
        """Return whether a plan keeps what it must on fresh draws, and surely moves an objective that it is named for the wanted way."""
        from edusim.optimise.plans import is_money

        if not bool(teller.front(place)["kept"]):
            return False
        for name in self.best.front.named(place):
            outcome = teller.outcomes.get(name)
            if outcome is None or is_money(outcome):
                continue
            score = teller.score(place, name, "effect")
            if (score["high"] < 0) if outcome.want == "min" else (score["low"] > 0):
                return True
        return False

    def document(self, lang: str) -> Document:
        """Return what was found as a document: first page, table of plans, front, then the text and how the search went."""
        teller = self.best.teller(lang)
        page = blocks_of(teller.text(), key="plans", item=text("reporting.column.item", lang))
        draws = self.charts(lang, for_report=True)
        blocks: list[Block] = first_page(self.told(lang), lang)
        blocks += [Heading(text("reporting.optimise.plans", lang)), *_table(teller, lang)]
        captions = {name: text(f"reporting.optimise.{name}", lang) for name in draws}
        says = {"front": teller.headline(), "matrix": teller.headline(), "search": teller.searched()}
        pictures = {name: picture_of(name, draw, caption=captions[name], alt=f"{captions[name]}. {says[name]}") for name, draw in draws.items()}
        blocks += [pictures[name] for name in ("front", "matrix") if name in pictures]
        if not any(isinstance(block, Heading) and block.level == 1 for block in page.blocks[:1]):
            blocks.append(Heading(text("reporting.optimise.told", lang)))
        blocks += [*page.blocks, Heading(text("reporting.optimise.searched", lang)), pictures["search"]]
        name = page.title or text("reporting.optimise.title", lang)
        return Document(name, text("reporting.optimise.subtitle", lang), lang, tuple(blocks), tuple(limits(lang)), self._facts(lang))

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return the front, all pairs of objectives, and how the search went."""
        from edusim.optimise.pictures import drawers

        return drawers(self.best, lang, for_report=for_report)

    def _facts(self, lang: str) -> dict[str, str]:
        facts = self.best.facts

        def say(key: str) -> str:
            return text(f"reporting.fact.{key}", lang)

        return {
            say("plans"): f"{facts['plans']:,}", say("generations"): f"{facts['generations']:,}",
            say("futures"): f"{facts['futures']:,} + {facts['fresh_futures']:,}", say("draws"): f"{facts['draws']:,} + {facts['fresh_draws']:,}",
            say("store"): str(facts["store"]), say("model"): str(facts["model"]), **version_facts(self.best.manifest["versions"], lang),
        }  # fmt: skip


def _table(teller: Teller, lang: str) -> list[Block]:
    head, *rows = teller.table_rows()
    head = [words or text("reporting.column.plan", lang) for words in head]
    columns = tuple(Column(f"c{k}", words, weight=1.4 if k == 0 else 1.0) for k, words in enumerate(head))
    return [Table("plans_table", text("reporting.optimise.table", lang), columns, tuple(map(tuple, rows)), wide=len(columns) > 6)]


__all__ = ["Plans"]
