"""From tables to figures: the front of two objectives, all pairs of them, and how the search went."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from edusim.language import text as worded
from edusim.optimise.plans import is_money
from edusim.report.language import has
from edusim.report.pareto_figure import FrontView, Objective, SearchView, draw_front, draw_matrix, draw_search
from edusim.report.style import Chart

if TYPE_CHECKING:
    from edusim.optimise.best import Best
    from edusim.optimise.telling import Teller


def _footer(best: Best, teller: Teller) -> str:
    facts = best.facts
    kind, schools = str(best.info.get("data_status", "synthetic")), best.info.get("n_schools")
    data = teller.words(f"data.{kind}") if has(f"data.{kind}") else kind
    return teller.say(
        "footer", data=data, size=teller.say("footer_size", n=schools) if schools else "", plans=f"{facts['plans']:,}", n=facts["fresh_futures"],
        draws=facts["fresh_draws"],
    )  # fmt: skip


def _label(teller: Teller, name: str, unit: str) -> str:
    outcome = teller.outcomes[name]
    shown = teller.capital(teller.outcome(name, when=False))
    key = "axis.level" if is_money(outcome) else "axis.effect" if unit else "axis.effect_bare"
    return _merged(teller.say(key, name=shown, law=teller.law(), unit=unit))


def _merged(text: str) -> str:
    """Return a label with two brackets in a row made one."""
    return text.replace("）（", "，").replace(") (", ", ")


def objective(best: Best, teller: Teller, name: str) -> Objective:
    """Return an objective of all plans of the front, in the units of its axis."""
    outcome = teller.outcomes[name]
    what = "level" if is_money(outcome) else "effect"
    found = {key: np.array([teller.score(plan, name, what)[key] for plan in range(best.front.n)]) for key in ("value", "low", "high")}
    law = teller.score(-1, name, what)
    scale = teller.scale(name, [*found["value"], law["value"]], change=what == "effect")
    values = {key: array * scale.factor for key, array in found.items()}
    at_law = tuple(law[key] * scale.factor for key in ("value", "low", "high"))
    shown = teller.capital(teller.outcome(name, when=False))
    shown = _merged(teller.say("axis.level", name=shown, unit=scale.unit)) if scale.unit else shown
    return Objective(
        shown, _label(teller, name, scale.unit), outcome.want, values["value"], values["low"], values["high"],
        (at_law[0], at_law[1], at_law[2]),
    )  # fmt: skip


def view(best: Best, teller: Teller, *, title: str, takeaway: str) -> FrontView:
    """Return all that figures of the front show."""
    rows = best.tables["front"]
    other = best.teller(worded("optimise_pictures.zh", teller.lang))
    objectives = tuple(objective(best, teller, name) for name in best.goal.objectives)
    names = {plan: teller.capital(teller.name_of(plan)) for plan in teller.places()}
    return FrontView(
        teller.say(title), other.say(title), takeaway, _footer(best, teller), objectives, rows["kept"].to_numpy(bool),
        rows["undominated"].to_numpy(bool), names,
    )  # fmt: skip


def search_view(best: Best, teller: Teller) -> SearchView:
    """Return all that the figure of the search shows."""
    rows = best.tables["generations"]
    other = best.teller(worded("optimise_pictures.zh", teller.lang))
    shown: dict[str, tuple[str, list[float]]] = {}
    for name in best.goal.objectives:
        values = rows[f"best.{name}"].to_numpy(np.float64)
        scale = teller.scale(name, values.tolist(), change=not is_money(teller.outcomes[name]))
        label = teller.capital(teller.outcome(name, when=False))
        label = _merged(teller.say("axis.level", name=label, unit=scale.unit)) if scale.unit else label
        shown[label] = (teller.outcomes[name].want, (values * scale.factor).tolist())
    return SearchView(
        teller.say("title.search"), other.say("title.search"), teller.searched(), _footer(best, teller), rows["generation"].tolist(),
        rows["hypervolume"].tolist(), rows["kept"].tolist(), shown,
    )  # fmt: skip


def axes(best: Best) -> tuple[int, int]:
    """Return which two objectives the front is drawn over: money, where there is any, against the first other; else the first two."""
    names = best.goal.objectives
    money = [k for k, name in enumerate(names) if is_money(next(o for o in best.study.outcomes if o.name == name))]
    other = [k for k in range(len(names)) if k not in money]
    if money and other:
        return money[0], other[0]
    return 0, 1


def drawers(best: Best, lang: str, *, for_report: bool = False) -> dict[str, Callable[[], Chart]]:
    """Return what draws ``front`` where there are two objectives or more, ``matrix`` where there are more, and ``search``."""
    teller = best.teller(lang)
    names = best.goal.objectives

    def front() -> Chart:
        x, y = axes(best)
        title = "title.front" if best.goal.budget else "title.front_free"
        seen = view(best, teller, title=title, takeaway=teller.trade(names[x], names[y]))
        return draw_front(seen, teller.words, x=x, y=y, for_report=for_report)

    def matrix() -> Chart:
        return draw_matrix(view(best, teller, title="title.matrix", takeaway=teller.headline()), teller.words, for_report=for_report)

    draws: dict[str, Callable[[], Chart]] = {"front": front} if len(names) > 1 else {}
    if len(names) > 2:
        draws["matrix"] = matrix
    draws["search"] = lambda: draw_search(search_view(best, teller), teller.words, for_report=for_report)
    return draws


def pictures(best: Best, lang: str) -> dict[str, Chart]:
    """Return the figures of :func:`drawers`, drawn."""
    return {name: draw() for name, draw in drawers(best, lang).items()}


__all__ = ["drawers", "pictures"]
