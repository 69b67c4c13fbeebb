"""A county's report from its facts: chapters in the order in which an office reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from edusim.language import has, text
from edusim.report.document.blocks import Block, Document, PageBreak
from edusim.report.language import limits

if TYPE_CHECKING:
    from edusim.report.county.facts import Facts

#: Chapters after the first page, in order; behind them the long tables of the workbook.
CHAPTERS = ("indicators", "winners", "teachers", "families", "money", "conditions", "learning", "clauses", "assumptions")


def compose(facts: Facts, *, attached: Sequence[Any] = (), ending: Any = None, identical: Facts | None = None) -> Document:
    """Return the report on a county.

    Parameters
    ----------
    facts
        What the frames of the design that is reported on say.
    attached
        What other studies found, :class:`edusim.report.county.attached.Attached`.
    ending
        The same draws with the programme's money ending after a year, :class:`edusim.report.county.money.Ending`.
    identical
        The facts of the other design, identical pairs.
    """
    if identical is not None and facts.twin is None:
        facts = replace(facts, twin=identical)
    more: dict[str, dict[str, Any]] = {"money": {"ending": ending}, "conditions": {"attached": attached}, "assumptions": {"attached": attached}}
    blocks: list[Block] = [*_room("one_page").first_page(facts, attached), PageBreak()]
    for name in CHAPTERS:
        chapter: Callable[..., list[Block]] = _room(name).chapter
        blocks += chapter(facts, **more.get(name, {}))
    blocks += _room("annex").annex(facts)
    lang = facts.lang
    scenario = str((facts.manifest.get("scenario") or {}).get(lang, ""))
    title = text("reporting.county.title", lang, scenario=scenario)
    first, last = facts.years[0], facts.years[-1]
    runs = text("reporting.county.draws" if facts.draws > 1 else "reporting.county.draw", lang, n=facts.draws)
    subtitle = text("reporting.county.subtitle", lang, first=first, last=last, runs=runs, policies=len(facts.policies))
    return Document(title, subtitle, lang, tuple(blocks), tuple(limits(lang)), identity(facts))


def _room(name: str) -> Any:
    return import_module(f"edusim.report.county.{name}")


def identity(facts: Facts) -> Mapping[str, str]:
    """Return what identifies a run, label -> value: county, data, policies, years, draws, designs, seed, hash, versions."""
    manifest, lang = facts.manifest, facts.lang

    def say(key: str, **values: Any) -> str:
        return text(f"reporting.fact.{key}", lang, **values)

    agents = manifest.get("agents") or {}
    status = str(facts.info.get("data_status", "synthetic"))
    n_imputed = int(facts.info.get("n_imputed", 0) or 0)
    data = text(f"data.{status}", lang) if has(f"data.{status}") else status
    if n_imputed:
        data += say("imputed", n=f"{n_imputed:,}")
    versions = manifest.get("versions") or {}
    size = say("size_value", **{key: f"{int(agents[key]):,}" for key in ("n_schools", "n_pupils", "n_teachers")}) if agents else ""
    designs = say("comma").join(say(f"design.{design}") for design in manifest.get("designs") or ())
    found = {
        "county": str((manifest.get("scenario") or {}).get(lang, "")),
        "data": data,
        "size": size,
        "policies": say("comma").join(facts.words.policy(policy) for policy in facts.policies),
        "baseline": facts.words.policy(facts.baseline) if facts.is_paired else "",
        "years": say("years_value", first=facts.years[0], last=facts.years[-1], base=facts.base_year),
        "dates": say(f"dates.{manifest['dates']}") if manifest.get("dates") in ("aligned", "document") else "",
        "draws": f"{facts.draws:,}",
        "designs": designs,
        "seed": str(manifest.get("seed", "")),
        "hash": str(manifest.get("hash", "")),
        "version": str(versions.get("edusim", "")),
        "libraries": ", ".join(f"{name} {version}" for name, version in versions.items() if name != "edusim"),
    }
    return {say(key): value for key, value in found.items() if value}


__all__ = ["CHAPTERS", "compose", "identity"]
