"""The page as widgets: choose a county, move sliders, take away one page.

Computing runs beside the page, so that a slider moved meanwhile puts a newer question in the place of the one at hand.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from edusim import scenario as scenarios
from edusim.app import telling
from edusim.app.levers import LEVERS, Lever, choices, written
from edusim.app.working import MODES, Stopped, Tried, Work
from edusim.errors import EdusimError, RunError
from edusim.language import text
from edusim.parameters import MAX_STOCK_AWAY
from edusim.report.county.facts import Facts, facts_of_run
from edusim.report.document.blocks import Callout, Document, PageBreak

#: Paired draws of the first look, those that one more click adds, and those of the page that is taken away.
DRAWS, MORE, PAPER_DRAWS = 8, 12, 20
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Dots an inch of the chart on the page.
CHART_DPI = 120
#: Bytes of a roster that is taken.
LARGEST = 8_000_000


class Page:
    """What notebook 01 shows.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.
    draws
        Paired draws of the first look.
    beside
        Compute beside the page; False: before a call returns (for tests).

    Attributes
    ----------
    roster, levers, paper
        Widgets: choose a county; sliders with chart and table; the one page and its files.
    """

    def __init__(self, lang: str = "zh", *, draws: int = DRAWS, beside: bool = True) -> None:
        from edusim.region.roster_template import template

        self.lang, self.draws, self._beside = lang, draws, beside
        self._folder = tempfile.TemporaryDirectory(prefix="edusim-page-")  # goes with the page
        self._asked = 0
        self._lock = threading.Lock()
        place = Path(self._folder.name)
        empty, example = template(place / "template.xlsx", lang), template(place / "example.xlsx", lang, example=True)
        self._example = example
        self._plan: dict[str, dict[str, float]] = {mode: {} for mode in MODES}
        self._quiet = False
        self.work = self._county(example, text("app.example_name", "zh"), text("app.example_name", "en"))
        self.tried = self.work.run(self._plan, self.draws)
        self._style = self._html(f"<style>{(Path(__file__).parent / 'page.css').read_text(encoding='utf-8')}</style>")
        self._build_roster(empty.read_bytes(), example.read_bytes())
        self._build_levers()
        self._build_paper()
        self._draw()

    def say(self, key: str, **values: Any) -> str:
        """Return a text of the page in its language."""
        return text(f"app.{key}", self.lang, **values)

    def chart(self, measure: str = telling.MEASURES[0][0]) -> Any:
        """Return the chart of a measure as the sliders stand."""
        return self.tried.plot("trajectories", measure=measure, lang=self.lang)

    # -- county -----------------------------------------------------------------------------------

    def _county(self, path: Path, zh: str, en: str) -> Work:
        found = scenarios.load("county").with_({"region": {"kind": "roster", "path": str(path)}, "name": {"zh": zh, "en": en}})
        work = Work(found)
        work.pupils  # noqa: B018 - a roster that cannot be read says so now
        return work

    def _build_roster(self, empty: bytes, example: bytes) -> None:
        import ipywidgets as widgets

        words = self.say("upload")
        self._upload = widgets.FileUpload(accept=".xlsx,.csv", multiple=False, description=words, tooltip=words, layout={"width": "auto"})
        self._again = widgets.Button(description=self.say("use_example"), icon="", layout={"width": "auto"})
        files = [(empty, self.say("file.template"), self.say("get_template")), (example, self.say("file.example"), self.say("get_example"))]
        links = self._html(f'<p class="eds-links">{" ".join(telling.data_link(data, name, words, EXCEL) for data, name, words in files)}</p>')
        self._state = self._html()
        self._upload.observe(self._uploaded, "value")
        self._again.on_click(lambda _: self._use(self._example, example=True))
        self.roster = widgets.VBox([self._style, widgets.HBox([self._upload, self._again], layout={"flex_flow": "row wrap"}), links, self._state])
        self._tell_county(self._example, example=True)

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if not change["new"]:
            return
        given = change["new"][0]
        name = re.sub(r"[^\w. -]+", "_", os.path.basename(str(given["name"])))[-80:] or "roster.xlsx"
        data = bytes(given["content"])
        if len(data) > LARGEST:
            self._state.value = telling.trouble(self.say("too_large", name=name, most=LARGEST // 1_000_000))
            return
        path = Path(self._folder.name) / name
        path.write_bytes(data)
        self._use(path)

    def _use(self, path: Path, *, example: bool = False) -> None:
        """Check a roster and take it; one with faults is told, and the county at hand stays."""
        from edusim.region import roster

        self._state.value = telling.progress(self.say("checking", name=path.name))
        try:
            report = roster.check(path)
            if not report.ok:
                self._state.value = telling.checked(report, self.lang) + self._marked(path, report)
                return
            stem = path.stem[:60]
            names = (text("app.example_name", "zh"), text("app.example_name", "en")) if example else (stem, stem)
            work = self._county(path, *names)
        except EdusimError as problem:
            self._state.value = telling.trouble(self._clean(problem.message(self.lang)), self.say("county_stays"))
            return
        except Exception as problem:
            self._state.value = telling.trouble(self._clean(_unexpected(problem).message(self.lang)), self.say("county_stays"))
            return
        self.work = work
        self._tell_county(path, example=example, report=report)
        self._set_sliders()
        self._fresh_paper()
        self._ask()

    def _tell_county(self, path: Path, *, example: bool, report: Any = None) -> None:
        from edusim.region import roster

        facts = self.work.there({}, 1).outcomes[0].facts
        size = self.say("size", schools=f"{facts['n_schools']:,}", pupils=f"{facts['n_pupils']:,}", teachers=f"{facts['n_teachers']:,}")
        head = self.say("county_example" if example else "county_yours", name=path.name, size=size)
        self._state.value = f'<p class="eds-county"><strong>{escape(head)}</strong></p>' + telling.checked(report or roster.check(path), self.lang)

    def _marked(self, path: Path, report: Any) -> str:
        from edusim.region import roster_marking

        stays = f'<p class="eds-note">{escape(self.say("county_stays"))}</p>'
        try:
            out = roster_marking.marked(path, report, roster_marking.checked_path(path), self.lang)
        except EdusimError:
            return stays
        link = telling.data_link(out.read_bytes(), out.name, self.say("get_checked"), EXCEL)
        return f'<p class="eds-links">{link}</p>{stays}'

    def _clean(self, words: str) -> str:
        return words.replace(f"{self._folder.name}{os.sep}", "")

    # -- sliders ----------------------------------------------------------------------------------

    def _build_levers(self) -> None:
        import ipywidgets as widgets

        wide = {"width": "100%", "max_width": "50rem"}
        long = {"description_width": "12em"}
        self._mode = widgets.ToggleButtons(
            options=[(self.say(f"mode.{mode}"), mode) for mode in MODES], value=MODES[-1], description=self.say("which"), style={"button_width": "auto"},
        )  # fmt: skip
        self._sliders: dict[str, Any] = {}
        for lever in LEVERS:
            self._sliders[lever.key] = widgets.SelectionSlider(
                options=[("–", 0.0)], description=self.say(f"lever.{lever.key}"), continuous_update=False, layout=wide, style=long
            )
            self._sliders[lever.key].observe(partial(self._moved, lever), "value")
        self._written = widgets.Button(description=self.say("as_written"), layout={"width": "auto"})
        self._written.on_click(lambda _: self._back())
        self._more = widgets.Button(description=self.say("more", n=MORE), layout={"width": "auto"})
        self._more.on_click(lambda _: self._add())
        self._says = self._html()
        self._what = widgets.Dropdown(
            options=[(self._name_of(measure), measure) for measure, _ in telling.MEASURES], description=self.say("chart_of"), layout=wide, style=long
        )
        self._what.observe(lambda _: self._draw(), "value")
        years = [outcome.year for outcome in self.tried.outcomes[0].years][1:]
        self._year = widgets.IntSlider(
            value=years[-1], min=years[0], max=years[-1], description=self.say("year"), continuous_update=False, layout=wide, style=long
        )
        self._year.observe(lambda _: self._fill_table(), "value")
        self._status, self._chart, self._table = self._html(), self._html(), self._html()
        self._mode.observe(lambda _: self._set_sliders(), "value")
        self._set_sliders()
        buttons = widgets.HBox([self._written, self._more], layout={"flex_flow": "row wrap"})
        self.levers = widgets.VBox(
            [self._mode, *self._sliders.values(), self._says, buttons, self._status, self._what, self._chart, self._year, self._table]
        )

    def _name_of(self, measure: str) -> str:
        from edusim.report.language import measure_name

        return measure_name(measure, self.lang)

    def _set_sliders(self) -> None:
        """Put the sliders where the chosen mode stands; nothing is run."""
        mode = self._mode.value
        self._quiet = True
        try:
            for lever in LEVERS:
                values = choices(self.work.scenario, mode, lever)
                slider = self._sliders[lever.key]
                now = self._plan[mode].get(lever.path, written(self.work.scenario, mode, lever))
                slider.options = [(self._shown(lever, value), value) for value in values]
                slider.value = now
        finally:
            self._quiet = False
        self._tell_settings()

    def _tell_settings(self) -> None:
        mode = self._mode.value
        parts = [self.say("setting", lever=self.say(f"lever.{lever.key}"), value=self._shown(lever, value)) for lever, value in self._texts(mode)]
        moved = "" if not self._plan[mode] else " " + self.say("moved", n=len(self._plan[mode]))
        said = self.say("document_says", mode=self._mode_inside(mode), parts=text("app.semicolon", self.lang).join(parts))
        self._says.value = f'<p class="eds-note">{escape(said + moved)}</p>'

    def _shown(self, lever: Lever, value: float) -> str:
        return lever.shown(value, self.lang, self.work.pupils)

    def _mode_inside(self, mode: str) -> str:
        name = self.say(f"mode.{mode}")
        return name if self.lang == "zh" else name.lower()

    def _texts(self, mode: str) -> list[tuple[Lever, float]]:
        return [(lever, written(self.work.scenario, mode, lever)) for lever in LEVERS]

    def _moved(self, lever: Lever, change: Mapping[str, Any]) -> None:
        if self._quiet or change["new"] is None:
            return
        mode = self._mode.value
        settings = {key: value for key, value in self._plan[mode].items() if key != lever.path}
        if float(change["new"]) != written(self.work.scenario, mode, lever):
            settings[lever.path] = float(change["new"])
        self._plan = {**self._plan, mode: settings}
        self._tell_settings()
        self._fresh_paper()
        self._ask()

    def _back(self) -> None:
        self._plan = {mode: {} for mode in MODES}
        self._set_sliders()
        self._fresh_paper()
        self._ask()

    def _add(self) -> None:
        self.draws += MORE
        self._ask()

    # -- computing --------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Run what the sliders ask for and show it."""
        self._start(self._status, self._plan, self.draws, self._answered)

    def _answered(self, tried: Tried) -> None:
        self.tried = tried
        self._draw()

    def _start(self, status: Any, plan: Mapping[str, Mapping[str, float]], draws: int, then: Callable[[Tried], None]) -> None:
        self._asked += 1
        go = partial(self._go, self._asked, status, self.work, plan, draws, then)
        if self._beside:
            threading.Thread(target=go, daemon=True).start()
        else:
            go()

    def _go(self, number: int, status: Any, work: Work, plan: Mapping[str, Mapping[str, float]], draws: int, then: Callable[[Tried], None]) -> None:
        def told(done: int, total: int, left: float) -> None:
            if number != self._asked:
                raise Stopped
            if total:
                status.value = telling.progress(self.say("running", done=done, total=total, left=self._time(left)), done, total)

        with self._lock:  # one question at a time; an older one stops at its next run
            try:
                told(0, 0, 0.0)
                tried = work.run(plan, draws, told)
                told(0, 0, 0.0)
                then(tried)
                status.value = ""
                if plan is not self._plan or work is not self.work:  # moved while the answer was written down
                    self._fresh_paper()
            except Stopped:
                return
            except EdusimError as problem:
                status.value = telling.trouble(self._told(problem, plan))
            except Exception as problem:
                status.value = telling.trouble(self._clean(_unexpected(problem).message(self.lang)))

    def _told(self, problem: EdusimError, plan: Mapping[str, Mapping[str, float]]) -> str:
        if problem.code == "CFG-FLOW-TERM":  # the one thing that sliders can ask for and a county cannot do
            lever = {one.key: one for one in LEVERS}
            for mode, settings in plan.items():
                share, term = (settings.get(lever[key].path, written(self.work.scenario, mode, lever[key])) for key in ("share", "term"))
                if share * term > MAX_STOCK_AWAY:
                    return self.say("too_many", share=f"{100 * share:g}", term=f"{term:g}", stock=f"{100 * share * term:.0f}")
        return self._clean(problem.message(self.lang))

    def _time(self, seconds: float) -> str:
        if seconds < 90:
            return self.say("seconds", n=max(1, round(seconds)))
        return self.say("minutes", n=round(seconds / 60))

    def _draw(self) -> None:
        chart = self.chart(self._what.value)
        data = io.BytesIO()
        chart.savefig(data, format="png", dpi=CHART_DPI, metadata={})
        self._chart.value = telling.figure(chart, data.getvalue())
        self._facts = self._facts_of(self.tried)
        self._fill_table()

    def _facts_of(self, tried: Tried) -> Facts:
        return facts_of_run({"manifest": tried.manifest, **tried._frames()}, tried.info, self.lang, "")

    def _fill_table(self) -> None:
        said = telling.table(self._facts, self._year.value)
        for mode in MODES:
            own, as_written = self.work.own_against_written(mode, self._plan[mode], self.draws)
            if self._plan[mode] and own:
                said += telling.own_against_written(self._facts, own, as_written, mode, self._year.value)
        self._table.value = said

    # -- one page ---------------------------------------------------------------------------------

    def _build_paper(self) -> None:
        import ipywidgets as widgets

        self._paper_status, self._paper, self._files, self._whole_files = (self._html() for _ in range(4))
        self._make = widgets.Button(description=self.say("make", n=PAPER_DRAWS), button_style="primary", layout={"width": "auto"})
        self._whole = widgets.Button(description=self.say("make_whole"), layout={"width": "auto"}, disabled=True)
        self._make.on_click(lambda _: self._start(self._paper_status, self._plan, max(PAPER_DRAWS, self.draws), self._made))
        self._whole.on_click(lambda _: self._start(self._paper_status, self._plan, max(PAPER_DRAWS, self.draws), self._made_whole))
        buttons = widgets.HBox([self._make, self._whole], layout={"flex_flow": "row wrap"})
        self.paper = widgets.VBox([buttons, self._paper_status, self._files, self._whole_files, self._paper])

    def _fresh_paper(self) -> None:
        """Take away a page that no longer says what the sliders say."""
        if self._paper.value:
            self._paper.value = self._files.value = self._whole_files.value = ""
            self._paper_status.value = telling.progress(self.say("paper_old"))
        self._whole.disabled = True

    def one_page(self, tried: Tried) -> Document:
        """Return the first page of the report, with how the modes are set."""
        whole = tried.document(self.lang)
        end = next(place for place, block in enumerate(whole.blocks) if isinstance(block, PageBreak))
        own = [
            self.say("paper_setting", mode=self.say(f"mode.{mode}"), lever=self.say(f"lever.{lever.key}"),
                     value=self._shown(lever, self._plan[mode][lever.path]), written=self._shown(lever, value))
            for mode in MODES for lever, value in self._texts(mode) if lever.path in self._plan[mode]
        ]  # fmt: skip
        box = Callout(self.say("paper_settings"), tuple(own) or (self.say("paper_written"),))
        return replace(whole, blocks=(*whole.blocks[:end], box))

    def _made(self, tried: Tried) -> None:
        from edusim.report.document import formats, web

        self._answered(self.work.there(self._plan, self.draws))  # chart and table, should their question have been overtaken by this one
        document = self.one_page(tried)
        page = web.page(document)
        place = Path(self._folder.name) / "one-page.docx"
        formats.write(document, place)
        name = self.say("file.one_page")
        links = [
            telling.data_link(place.read_bytes(), f"{name}.docx", self.say("get_word"), WORD),
            telling.data_link(page.encode(), f"{name}.html", self.say("get_web"), "text/html"),
        ]
        self._files.value = f'<p class="eds-links">{" ".join(links)}</p>'
        self._paper.value = f'<iframe class="eds-paper" title="{escape(name)}" sandbox="" srcdoc="{escape(page, quote=True)}"></iframe>'
        self._whole.disabled = False

    def _made_whole(self, tried: Tried) -> None:
        from edusim.report.document import formats

        self._paper_status.value = telling.progress(self.say("writing"))
        document = formats.drawn(tried.document(self.lang))
        name, links = self.say("file.report"), []
        for ending, kind, words in (("docx", WORD, "get_word"), ("xlsx", EXCEL, "get_excel"), ("html", "text/html", "get_web")):
            place = formats.write(document, Path(self._folder.name) / f"report.{ending}")
            links.append(telling.data_link(place.read_bytes(), f"{name}.{ending}", self.say(words), kind))
        self._whole_files.value = f'<p class="eds-links">{escape(self.say("whole"))} {" ".join(links)}</p>'

    @staticmethod
    def _html(value: str = "") -> Any:
        import ipywidgets as widgets

        return widgets.HTML(value, layout={"width": "100%", "margin": "0"})


def _unexpected(problem: Exception) -> RunError:
    name = f"{type(problem).__name__}: {problem}".splitlines()[0][:200]
    return RunError(
        "BUG-UNEXPECTED", f"程序内部错误（{name}）", f"a fault of edusim itself ({name})",
        mend_zh="请报告所示内容", mend_en="report what it shows",
    )  # fmt: skip


__all__ = ["Page"]
