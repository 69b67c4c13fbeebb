"""One HTML file from the numbers of a finished study: opens by double click, asks no host for anything, speaks two languages.

Scripts and styles stand inside and are named by their hashes in the page's own security policy, so that nothing else runs and
nothing can be fetched. Every draw is in the page; means, intervals and verdicts are reckoned there, by the same formulas as in
:mod:`edusim.report.summaries` and :func:`edusim.report.map_cells.crossed_interval`, and a test holds the two equal.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import __version__
from edusim.explore.gather import Gathered, Lever, packed
from edusim.explore.grid import own_value
from edusim.explore.outcomes import CARDS, COEFFICIENTS, INDICATORS, KINDS, Shown, coefficient
from edusim.language import catalogue
from edusim.language import text as worded
from edusim.report.language import has, limits, policy_name
from edusim.report.style import looks
from edusim.report.summaries import CV_LIMIT, ENOUGH_DRAWS, ends_of

if TYPE_CHECKING:
    from edusim.scenario import Scenario
    from edusim.study import OpenStudy

LANGUAGES = ("zh", "en")
#: What every page of ours begins with: a file that has it may be replaced without asking.
MARK = '<meta name="generator" content="edusim explore">'
#: What each mode has of its own, shown where it is no lever.
HELD = (
    "rotation.share", "rotation.base", "rotation.term_years", "finance.fund_yuan_year", "finance.member_tilt", "groups.max_members",
    "groups.coverage_share",
)  # fmt: skip
#: The law's "no cap".
UNBOUNDED = 99.0
#: Markers of the house (matplotlib's names) as the page draws them; others are circles.
MARKS = {"o": "circle", "D": "diamond", "s": "square", "^": "up", "v": "down", "<": "left", ">": "right", "P": "plus", "X": "cross"}
#: Steps of 1/df at which the page looks up Student's t.
T_STEPS = 60


def page(opened: OpenStudy, gathered: Gathered, lang: str = "zh") -> str:
    """Return the page as text.

    Parameters
    ----------
    opened
        The study.
    gathered
        Its numbers.
    lang
        Language in which the page opens; the reader may switch.
    """
    facts = _Facts(opened, gathered)
    data, blob = _data(facts, lang)
    here = Path(__file__).parent
    style = (here / "page.css").read_text(encoding="utf-8")
    script = (here / "page.js").read_text(encoding="utf-8")
    frame = (here / "page.html").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = {
        "MARK": MARK,
        "POLICY": policy,
        "LANG": "zh-CN" if lang == "zh" else "en",
        "TITLE": html.escape(worded("explore.page.title", lang, county=facts.county[lang])),
        "STYLE": style,
        "NO_SCRIPT": "".join(f'<p lang="{one}">{html.escape(worded("explore.no_script", one))}</p>' for one in (lang, *_others(lang))),
        # What stands in a script must not end it.
        "DATA": json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("</", "<\\/"),
        "NUMBERS": blob,
        "SCRIPT": script,
    }
    for name, content in parts.items():
        frame = frame.replace(f"@@{name}@@", content, 1)
    return frame


def _others(lang: str) -> list[str]:
    return [one for one in LANGUAGES if one != lang]


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


class _Facts:
    """What a page says beside its numbers: names, places of values, what is held, where the data come from."""

    def __init__(self, opened: OpenStudy, gathered: Gathered) -> None:
        from edusim import scenario
        from edusim.build import build_case

        told = opened.store.study
        self.gathered = gathered
        self.scenario: Scenario = scenario.restore(told["scenario"]["raw"], told["scenario"]["folder"], told["scenario"]["file"])
        self.identity = str(told["identity"])[:12]
        case = build_case(self.scenario, seed=int(told["seeds"]["root"]), draw=0, design=str(told["designs"][0]))
        self.n_schools = int(case.state.schools.n)
        self.n_pupils = int(self.scenario.region_spec.n_pupils or (case.state.pupils.school >= 0).sum())
        self.county = {"zh": str(told["name_zh"]) or self.scenario.name_zh, "en": str(told["name_en"]) or self.scenario.name_en}
        self.kind = self.scenario.region_spec.kind
        self.names = {key: self.scenario.policy(key) for key in (gathered.baseline, *gathered.policies)}

    def policy(self, key: str, lang: str) -> str:
        """Return the name of a policy."""
        one = self.names[key]
        return policy_name(key, lang) if has(f"policy.{key}") else one.name_zh if lang == "zh" else one.name_en

    def lever(self, path: str, lang: str) -> str:
        """Return the name of a lever or a parameter."""
        for key in (f"explore.lever.{path}", f"explore.fixed.{path}", f"lever.{path}", f"factor.{path}"):
            if key in catalogue():
                return worded(key, lang)
        declared = self.scenario.known.get(path)
        if declared is None:
            return path
        return declared.description_zh if lang == "zh" else declared.description_en[:1].upper() + declared.description_en[1:]

    def value(self, path: str, value: Any, lang: str) -> str:
        """Return a value of a lever or a parameter as a reader writes it."""
        named = f"lever.{path}.{value}"
        if isinstance(value, str):
            return worded(named, lang) if named in catalogue() else value
        declared = self.scenario.known.get(path)
        if isinstance(value, bool) or (declared is not None and declared.type == "bool"):
            return worded("explore.value.yes" if value else "explore.value.no", lang)
        if declared is not None and declared.type == "enum":
            word = declared.show(float(value))
            return worded(f"explore.value.{path}.{word}", lang) if f"explore.value.{path}.{word}" in catalogue() else word
        unit = declared.unit if declared is not None else ""
        if path == "finance.fund_yuan_year":
            if not value:
                return worded("explore.value.zero_fund", lang)
            region = self.scenario.region_spec
            scale = self.n_pupils / 100_000 if region.scale_fund else 1.0
            return worded("explore.value.money_year", lang, amount=money(value * scale, lang))
        if unit.startswith("share") or path.endswith("_share") or path.endswith(".share"):
            return f"{100 * value:.4g}%"
        if unit.startswith("yuan"):
            return money(value, lang)
        if unit.startswith("years") and float(value) == 1.0:
            return "1 年" if lang == "zh" else "1 year"
        if unit.startswith("years"):
            return worded("explore.value.years", lang, n=f"{value:g}")
        if unit == "schools":
            return worded("explore.value.unbounded" if value >= UNBOUNDED else "explore.value.schools", lang, n=f"{value:g}")
        return f"{value:g}"

    def under(self, path: str, value: Any, lang: str) -> str:
        """Return what stands small beside a value: a fund for 100,000 pupils, as documents give it."""
        if path != "finance.fund_yuan_year" or not value or not self.scenario.region_spec.scale_fund or self.n_pupils == 100_000:
            return ""
        return worded("explore.value.per_pupils", lang, amount=money(value, lang))


def money(amount: float, lang: str) -> str:
    """Return a sum of money in words: ten thousands in Chinese, thousands or millions in English."""
    if lang == "zh":
        return f"{amount / 1e8:,.4g} 亿元" if abs(amount) >= 1e8 else f"{amount / 1e4:,.4g} 万元"
    return f"{amount / 1e6:,.4g} million yuan" if abs(amount) >= 1e6 else f"{amount / 1e3:,.4g} thousand yuan"


def _both(say: Any) -> list[str]:
    return [say(lang) for lang in LANGUAGES]


def _lever(facts: _Facts, lever: Lever) -> dict[str, Any]:
    """Return a lever for the page: names, labels of its values, where each policy's own value lies."""
    path = lever.name if lever.name in facts.scenario.known else lever.sets[0] if len(lever.sets) == 1 else lever.name
    declared = facts.scenario.known.get(path)
    own: list[dict[str, Any] | None] = []
    for policy in facts.gathered.policies:
        value = own_value(facts.scenario, policy, path) if declared is not None and declared.type != "enum" else None
        if value is None:
            own.append(None)
            continue
        at = next((i for i, one in enumerate(lever.values) if isinstance(one, (int, float)) and abs(one - value) < 1e-9), -1)
        own.append({"at": at, "label": _both(lambda lang, v=value: facts.value(path, v, lang))})
    found: dict[str, Any] = {
        "name": _both(lambda lang: facts.lever(path, lang)),
        "number": lever.is_number,
        "labels": [_both(lambda lang, v=value: facts.value(path, v, lang)) for value in lever.values],
        "under": [_both(lambda lang, v=value: facts.under(path, v, lang)) for value in lever.values],
        "own": own,
    }
    if declared is not None and lever.is_number:
        found["allowed"] = [_both(lambda lang, v=end: facts.value(path, v, lang)) for end in (declared.low, declared.high)]
    return found


def _held(facts: _Facts) -> list[dict[str, Any]]:
    """Return what each mode has of its own, row by row; a lever says so."""
    levers = {path for lever in facts.gathered.levers for path in (lever.name, *lever.sets)}
    fixed = {lever.name: lever.values[0] for lever in facts.gathered.fixed}
    rows = []
    for path in (*fixed, *(path for path in HELD if path not in fixed)):
        if path not in facts.scenario.known and path not in fixed:
            continue
        held = [fixed[path] if path in fixed else own_value(facts.scenario, policy, path) for policy in facts.gathered.policies]
        values = [[worded("explore.held_varies", one) if v is None else facts.value(path, v, one) for one in LANGUAGES] for v in held]
        rows.append({"name": _both(lambda lang, p=path: facts.lever(p, lang)), "values": values, "lever": path in levers})
    return rows


def _data(facts: _Facts, lang: str) -> tuple[dict[str, Any], str]:
    """Return what the script reads, and all numbers as base64."""
    gathered = facts.gathered
    drawn = looks((gathered.baseline, *gathered.policies))
    blob = bytearray()

    def place(values: Any) -> dict[str, float]:
        least, step, data = packed(values)
        begin = len(blob) // 2
        blob.extend(data)
        return {"at": begin, "least": least, "step": step}

    def shown(one: Shown) -> dict[str, Any] | None:
        if one.measure not in gathered.draws_of:
            return None
        low, high = ends_of(one.measure)
        return {
            "key": one.key, "unit": one.unit, "perYear": one.per_year, "low": low if low > -1e300 else None, "high": high if high < 1e300 else None,
            **place(gathered.draws_of[one.measure]),
        }  # fmt: skip

    cards = [found for one in CARDS if (found := shown(one))]
    kinds = {one.key: {"key": one.key, "unit": one.unit, **place(gathered.ranges[one.measure])} for one in KINDS if one.measure in gathered.ranges}
    stages = {}
    for stage, limit in CV_LIMIT.items():
        rows = []
        for indicator, name in INDICATORS.items():
            column = coefficient(indicator, stage)
            if column in gathered.summaries:
                values = gathered.summaries[column]
                rows.append({
                    "name": _both(lambda one, n=name: worded(f"indicator.{n}", one)), "levels": place(values[..., :3]), "counts": place(values[..., 3:]),
                })  # fmt: skip
        if rows:
            stages[stage] = {"limit": limit, "rows": rows}
    from scipy.stats import t

    words = {key.removeprefix("explore.page."): list(both) for key, both in catalogue().items() if key.startswith("explore.page.")}
    data = {
        "lang": lang,
        "county": [facts.county[one] for one in LANGUAGES],
        "words": words,
        "policies": [
            {"key": key, "name": _both(lambda one, k=key: facts.policy(k, one)), "colour": drawn[key].colour, "mark": MARKS.get(drawn[key].marker, "circle")}
            for key in gathered.policies
        ],
        "baseline": {"name": _both(lambda one: facts.policy(gathered.baseline, one)), "colour": drawn[gathered.baseline].colour},
        "levers": [_lever(facts, lever) for lever in gathered.levers],
        "held": _held(facts),
        "baseYear": gathered.base_year,
        "years": list(gathered.years),
        "allYears": len(gathered.all_years),
        "futures": gathered.futures,
        "draws": gathered.draws,
        "settings": gathered.settings,
        "missing": gathered.missing,
        "failed": gathered.failed,
        "runs": gathered.n_runs,
        "cards": cards,
        "kinds": kinds,
        "stages": stages,
        # Student's t at 1/df = 0, 1/60, ..., 1: in between the logarithm is all but straight.
        "t": [round(float(t.ppf(0.975, T_STEPS / i if i else 1e9)), 6) for i in range(T_STEPS + 1)],
        "enough": ENOUGH_DRAWS,
        "facts": {
            "data": _both(lambda one: worded(f"data.{facts.kind}", one) if has(f"data.{facts.kind}") else facts.kind),
            "schools": facts.n_schools, "pupils": facts.n_pupils, "version": __version__, "identity": facts.identity,
        },
        "limits": _both(limits),
    }  # fmt: skip
    return data, base64.b64encode(bytes(blob)).decode()


def size_of(settings: int, years: int, runs: int, kept: Iterable[str]) -> int:
    """Return about how many bytes a page takes: its frame, and two bytes a number in base64."""
    known = set(kept)
    numbers = sum(runs for one in CARDS if one.measure in known) + sum(3 for one in KINDS if one.measure in known)
    numbers += sum(5 for column in COEFFICIENTS if column in known)
    return 100_000 + round(settings * years * numbers * 2 * 4 / 3)


__all__ = ["MARK", "page", "size_of"]

