"""The page of the live map, in Solara: policy, year, step, play, back; the county's model goes on as the reader asks.

Served by :mod:`edusim.live.serve`, which sets what is shown (:data:`SHOWN`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import solara
import solara.lab

from edusim.errors import EdusimError
from edusim.language import text
from edusim.live.picture import COLOURS, Snapshot, gap_line, roll, signed, snapshot, svg
from edusim.report.language import policy_name
from edusim.scenario import Scenario, load

#: Seconds between two years that play.
PACE = 0.9
#: The other language, in its own words.
OTHER = {"zh": "English", "en": "中文"}
STYLE = """
.edusim-map {max-width: 1240px; margin: 0 auto; padding: 8px 16px 24px; color: #1F2933}
.edusim-map h1 {font-size: 1.45rem; margin: 4px 0 2px; font-weight: 600}
.edusim-map h2 {font-size: 1.1rem; margin: 6px 0; font-weight: 600}
.edusim-map .lead {display: grid; grid-template-columns: 1fr 1fr 2fr; gap: 4px 20px; align-items: start}
.edusim-map .body {display: grid; grid-template-columns: minmax(0, 3fr) minmax(230px, 1fr); gap: 8px 20px; margin: 6px 0 10px}
@media (max-width: 760px) {.edusim-map .lead {grid-template-columns: 1fr 1fr} .edusim-map .lead > :last-child {grid-column: 1 / 3}
  .edusim-map .body {grid-template-columns: minmax(0, 1fr)}}
.edusim-map .quiet {color: #55606b; font-size: .86rem; line-height: 1.5}
.edusim-map .facts {display: grid; grid-template-columns: 1fr auto; gap: 4px 12px; font-size: .95rem}
.edusim-map .facts b {text-align: right; font-variant-numeric: tabular-nums}
.edusim-roll {border-collapse: collapse; font-size: .88rem} .edusim-roll th, .edusim-roll td {padding: 3px 12px 3px 0; text-align: left}
.edusim-roll td:last-child, .edusim-roll th:last-child {text-align: right; font-variant-numeric: tabular-nums}
.edusim-roll thead th {border-bottom: 1px solid #c9cfd5}
.v-application .edusim-map .v-btn {text-transform: none; letter-spacing: 0}
.v-application .edusim-map .v-btn:focus-visible {outline: 3px solid #D98200; outline-offset: 2px}
.solara-app-bar, .solara-content-main + footer {display: none}
"""


@dataclass
class Shown:
    """What the page shows: scenario, policies to choose from, seed, draw, language to begin with."""

    scenario: Scenario | None = None
    policies: tuple[str, ...] = ()
    seed: int = 0
    draw: int = 0
    lang: str = "zh"


SHOWN = Shown()


@solara.component_vue("markup.vue")  # type: ignore[untyped-decorator]
def _Markup(markup: str) -> None:
    """Show markup of ours; texts in it are escaped where it is made."""


def _html(markup: str) -> Any:
    return _Markup(markup=markup)


def component(lang: str) -> Any:
    """Return the map of a county as it stands, as a function of the model; for Mesa's SolaraViz."""

    def school_map(model: Any) -> Any:
        now = snapshot(model)
        first = getattr(model, "_map_base", None)
        if first is None or now.year == model.base_year:
            first = model._map_base = now
        return _html(svg(now, first, lang))

    return school_map


@solara.component  # type: ignore[untyped-decorator]
def Map(lang: str, county: Any, years: tuple[Snapshot, ...], year: int, colour: str) -> None:
    """Draw the map, the facts of the year and the roll of schools."""
    now = next((one for one in years if one.year == year), years[-1])
    with solara.Div(classes=["body"]):
        _html(svg(now, years[0], lang, colour))
        with solara.Column(gap="8px"):
            head = text("live.base" if now.year == years[0].year else "live.now", lang, year=now.year)
            facts = (("groups", f"{now.n_groups:,}"), ("sent", f"{now.sent:,}"), ("schools", f"{int(now.is_open.sum()):,}"))
            listed = "".join(f"<span>{text(f'live.{key}', lang)}</span><b>{value}</b>" for key, value in facts)
            _html(f'<h2 aria-live="polite">{head}</h2><div class="facts">{listed}</div>')
            gap = signed(now.gap) if now.gap == now.gap else text("live.none", lang)
            last = county.base_year + county.horizon
            _html(f'<div class="facts"><span>{text("live.gap", lang)}</span><b>{gap}</b></div>' + gap_line(years, now.year, years[0].year, last, lang))
            _html(f'<p class="quiet">{text("live.one_draw", lang)}</p>')
    with solara.Details(summary=text("live.roll", lang)):
        _html(roll(now, lang))


@solara.component  # type: ignore[untyped-decorator]
def Page() -> None:
    """Show a county under a policy, and let the reader lead it through the years."""
    from edusim.model import County

    lang, set_lang = solara.use_state(SHOWN.lang)
    policy, set_policy = solara.use_state(SHOWN.policies[-1] if SHOWN.policies else "status_quo")
    colour, set_colour = solara.use_state(next(iter(COLOURS)))
    playing = solara.use_reactive(False)
    shown = solara.use_reactive(0)  # years after the base year
    scenario = SHOWN.scenario or load("small")

    def begin() -> tuple[Any, list[Snapshot]]:
        county = County(scenario, policy, SHOWN.seed, draw=SHOWN.draw, records="none")
        return county, [snapshot(county)]

    county, years = solara.use_memo(begin, [policy])

    def go(to: int) -> None:
        """Show a year; those that have not passed yet are simulated first."""
        while len(years) <= to:
            county.step()
            years.append(snapshot(county))
        shown.set(to)

    def play() -> None:
        while playing.value and shown.value < county.horizon:
            time.sleep(PACE)
            if playing.value:
                go(shown.value + 1)
        playing.set(False)

    task = solara.lab.use_task(play, dependencies=[playing.value, policy])

    def choose(name: str) -> None:
        playing.set(False)
        shown.set(0)
        set_policy(keys[name])

    def lead(to: int) -> None:
        playing.set(False)
        go(to)

    keys = {_named(scenario, key, lang): key for key in SHOWN.policies or ("status_quo",)}
    solara.Title(text("live.title", lang))
    solara.Style(STYLE)
    with solara.Div(classes=["edusim-map"], attributes={"lang": "zh-CN" if lang == "zh" else "en"}):
        with solara.Row(justify="space-between"):
            _html(f"<h1>{text('live.title', lang)}</h1>")
            solara.Button(OTHER[lang], text=True, on_click=lambda: set_lang("en" if lang == "zh" else "zh"))
        with solara.Div(classes=["lead"]):
            solara.Select(text("live.policy", lang), values=list(keys), value=_named(scenario, policy, lang), on_value=choose)
            looks = {text(f"live.colour.{one}", lang): one for one in COLOURS}
            solara.Select(text("live.colour", lang), values=list(looks), value=text(f"live.colour.{colour}", lang), on_value=lambda v: set_colour(looks[v]))
            with solara.Column(gap="0px"):
                solara.SliderInt(
                    f"{text('live.year', lang)} {county.base_year + shown.value}", value=county.base_year + shown.value, min=county.base_year,
                    max=county.base_year + county.horizon, on_value=lambda year: lead(year - county.base_year), thumb_label=False, tick_labels=False,
                )  # fmt: skip
                with solara.Row(gap="8px"):
                    solara.Button(text("live.back", lang), on_click=lambda: lead(0), disabled=shown.value == 0, outlined=True)
                    solara.Button(text("live.step", lang), on_click=lambda: lead(shown.value + 1), disabled=shown.value >= county.horizon, outlined=True)
                    solara.Button(
                        text("live.pause" if playing.value else "live.play", lang), color="primary", on_click=lambda: playing.set(not playing.value),
                        disabled=shown.value >= county.horizon,
                    )  # fmt: skip
        if task.error and task.exception is not None:
            solara.Error(text("live.failed", lang, message=_told(task.exception, lang)))
        Map(lang, county, tuple(years), county.base_year + shown.value, colour)
        _html(f'<p class="quiet">{text("live.limits", lang)}</p>')


def _named(scenario: Scenario, key: str, lang: str) -> str:
    policy = scenario.policy(key)
    return policy_name(policy.key, lang, {policy.key: {"zh": policy.name_zh, "en": policy.name_en}})


def _told(error: BaseException, lang: str) -> str:
    return error.message(lang) if isinstance(error, EdusimError) else type(error).__name__


__all__ = ["SHOWN", "Map", "Page", "Shown", "component"]
