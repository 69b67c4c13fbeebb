"""What was found, as an official reads a plan, in sentences that are computed: Chinese and English, never more than the intervals carry.

Whether something rises or falls is said only where the interval of the fresh scores leaves out 0; a plan that no longer keeps its limits,
or that another one dominates now, is told to be so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edusim.language import has, text
from edusim.optimise.finding import KNEE, NEAREST
from edusim.optimise.plans import is_money
from edusim.policy_words import value_text
from edusim.report.map_figures import Scale, factor_name, outcome_name, scale_of
from edusim.report.style import Words
from edusim.report.tables import width_of
from edusim.scenario import MIX
from edusim.study.parts import Factor, Outcome
from edusim.study.tasks import Value

if TYPE_CHECKING:
    from edusim.optimise.best import Best

#: Parameters that have a phrase of their own, where a lever sets just one of them.
PHRASES = {
    "finance.member_tilt": "tilt", "rotation.backbone_share": "backbone", "appraisal.bundle_weight": "bundle", "finance.equipment_share": "equipment",
}  # fmt: skip
#: Fewer plans that nobody chose tell nothing of what two samples differ by.
LEAST_CONTROLS = 3
SHARE, TERM, FUND, JOINT = "rotation.share", "rotation.term_years", "finance.fund_yuan_year", "development.joint_hours_year"
_SMALL_ZH = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")


def sentence(lang: str, key: str, /, **values: Any) -> str:
    """Return a sentence of an optimisation in ``zh`` or ``en`` with its placeholders filled."""
    return text(f"optimise.{key}", lang, **values)


def _tight(text: str) -> str:
    """Return a text without the blanks that no Chinese sentence has: between two characters, and after a closing sign."""
    text = re.sub("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text)
    return re.sub("(?<=[）：，；]) ", "", text)


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage; what is not quite nothing or all says so."""
    if not math.isfinite(share):
        return "–"
    if digits == 0 and 0 < share < 0.005:
        return "<1%"
    if digits == 0 and 0.995 < share < 1:
        return ">99%"
    return f"{100 * share:.{digits}f}%"


class Teller:
    """Tells of an optimisation in one language.

    Parameters
    ----------
    best
        What was found.
    lang
        ``zh`` or ``en``.
    """

    def __init__(self, best: Best, lang: str) -> None:
        self.best, self.lang, self.tables = best, lang, best.tables
        study = best.study
        policy = study.scenario.policy(study.policies[0])
        names = {policy.key: {"zh": policy.name_zh, "en": policy.name_en}}
        self.words = Words(lang, {**best.info, "baseline": study.baseline, "names": names})
        self.outcomes: dict[str, Outcome] = {o.name: o for o in study.outcomes}

    # -- words ----------------------------------------------------------------------------------------

    def say(self, key: str, /, **values: Any) -> str:
        """Return a sentence in the reader's language."""
        return sentence(self.lang, key, **values)

    def listed(self, parts: Sequence[str], *, mark: str = "clause") -> str:
        """Return parts of a sentence one after the other."""
        return _tight(self.say(mark).join(part for part in parts if part))

    def join(self, parts: Sequence[str]) -> str:
        """Return sentences as one text."""
        return _tight(self.say("gap").join(part for part in parts if part))

    @staticmethod
    def capital(text: str) -> str:
        """Return a text with a capital first."""
        return text[:1].upper() + text[1:]

    def law(self) -> str:
        """Return what the baseline is called inside a sentence."""
        if self.best.study.baseline == "status_quo":
            return self.say("the_law")
        return self.words.inside(self.words.policy(self.best.study.baseline))

    def outcome(self, name: str, *, when: bool = True) -> str:
        """Return what an outcome is called inside a sentence."""
        one = self.outcomes[name]
        # Whatever is no number of a year says over which years it is, always.
        text = outcome_name(self.words, name) if when or one.at not in ("last", str(self.best.study.scenario.last_year)) else self.words.measure(one.measure)
        if one.stage != "all":
            suffix = self.words.suffix(one.stage)
            text += suffix if self.lang == "zh" else suffix.lower()
            text = text.replace("）（", "，").replace(") (", ", ")
        return self.words.inside(text)

    def scale(self, name: str, values: Sequence[float], *, change: bool) -> Scale:
        """Return how numbers of an outcome are written."""
        unit = self.outcomes[name].unit
        return scale_of(self.words, "" if unit in ("count", "yes/no") else unit, values, change=change)

    def ends(self, scale: Scale, low: float, high: float, *, signed: bool = False) -> str:
        """Return two ends of an interval, with one decimal more where they would read the same."""
        digits = scale.digits
        shown = [scale(end, digits=digits) for end in (low, high)]
        is_zero = any(end != 0 and not text.strip("\u22120.,") for end, text in zip((low, high), shown, strict=True))
        if low != high and (shown[0] == shown[1] or is_zero):
            digits += 1
        return self.say("to", low=scale(low, signed=signed, digits=digits), high=scale(high, signed=signed, digits=digits))

    # -- rows -----------------------------------------------------------------------------------------

    def score(self, plan: int, outcome: str, what: str, sample: str = "fresh") -> Mapping[str, float]:
        """Return value, error, low and high of an outcome of a plan (-1: the status quo)."""
        rows = self.tables["scores"]
        found = rows[(rows["plan"] == plan) & (rows["outcome"] == outcome) & (rows["what"] == what) & (rows["sample"] == sample)]
        return {key: float(found[key].iloc[0]) for key in ("value", "error", "low", "high")}

    def limit_rows(self, plan: int, sample: str = "fresh") -> list[Mapping[str, Any]]:
        """Return the rows of budget and limits of a plan."""
        rows = self.tables["limits"]
        if not len(rows):
            return []
        return [dict(row) for _, row in rows[(rows["plan"] == plan) & (rows["sample"] == sample)].iterrows()]

    def front(self, plan: int) -> Mapping[str, Any]:
        """Return the row of a plan."""
        rows = self.tables["front"]
        return dict(rows.iloc[plan])

    def places(self) -> list[int]:
        """Return the plans that have a name, in the order of their names, each once."""
        return list(dict.fromkeys(self.best.front.names.values()))

    # -- a plan as an official reads it ---------------------------------------------------------------

    def name_of(self, plan: int) -> str:
        """Return what a plan is called: all its names."""
        return self.say("comma").join(self._name(one) for one in self.best.front.named(plan))

    def _name(self, one: str) -> str:
        if one in (KNEE, NEAREST):
            return self.say(f"name.{one}")
        outcome = self.outcomes[one]
        if is_money(outcome) and outcome.want == "min":
            return self.say("name.cheapest")
        return self.say(f"name.{outcome.want}", outcome=self.outcome(one, when=False))

    def plan(self, plan: int) -> str:
        """Return a plan in policy words: groups by mode, rotation, money, and what else was chosen."""
        values = dict(self.best.front.plans[plan])
        factors = {factor.name: factor for factor in self.best.study.levers}
        single = {f.sets[0].rpartition(":")[2]: name for name, f in factors.items() if len(f.sets) == 1 and not f.bundles}
        used = {name for path, name in single.items() if path.startswith(MIX)}
        parts = [self.groups(plan)]
        if SHARE in single:
            used.add(single[SHARE])
            share = float(values[single[SHARE]])
            if share == 0:
                parts.append(self.say("no_rotation"))
            elif TERM in single:
                parts.append(self.say("rotation_term", share=self._percent(share), term=self._years(int(values[single[TERM]]))))
            else:
                parts.append(self.say("rotation", share=self._percent(share)))
            used |= {single[TERM]} if TERM in single else set()
        if FUND in single:
            used.add(single[FUND])
            parts.append(self._fund(float(values[single[FUND]])))
        if JOINT in single:
            used.add(single[JOINT])
            parts.append(self.say("joint", value=f"{float(values[single[JOINT]]):.3g}"))
        for path, key in PHRASES.items():
            if path in single:
                used.add(single[path])
                parts.append(self.say(key, value=self._percent(float(values[single[path]]))))
        parts += [self._other(factors[name], value) for name, value in values.items() if name not in used]
        return self.listed(parts)

    def _percent(self, share: float) -> str:
        return f"{100 * share:.3g}%"

    def _years(self, n: int) -> str:
        if self.lang == "zh":
            return _SMALL_ZH[n] if n < len(_SMALL_ZH) else f" {n} "
        return self.say("years_one") if n == 1 else self.say("years", n=n)

    def _money(self, amount: float) -> str:
        if self.lang == "zh":
            return f"{amount / 1e4:,.4g} 万元" if amount < 1e8 else f"{amount / 1e4:,.0f} 万元"
        return f"{amount / 1e6:.3g} million yuan" if amount >= 1e6 else f"{amount:,.0f} yuan"

    def _fund(self, amount: float) -> str:
        region = self.best.study.scenario.region_spec
        if amount == 0:
            return self.say("no_fund")
        if not region.scale_fund or not region.n_pupils or region.n_pupils == 100_000:
            return self.say("fund", amount=self._money(amount))
        return self.say("fund_scaled", amount=self._money(amount * region.n_pupils / 100_000), per=self._money(amount))

    def _other(self, factor: Factor, value: Value) -> str:
        declaration = self.best.study.scenario.known.get(factor.sets[0].rpartition(":")[2])
        if factor.bundles or declaration is None:
            from edusim.report.language import has

            key = f"{factor.column}.{value}"
            shown = self.words(key) if has(key) else str(value)
        elif isinstance(value, str):
            shown = value_text(declaration, declaration.words.index(value), self.lang)
        else:
            shown = value_text(declaration, float(f"{float(value):.4g}"), self.lang)
        return self.say("other", name=self.words.inside(factor_name(self.words, factor.column)), value=shown)

    def groups(self, plan: int) -> str:
        """Return how many groups of each mode a plan has in the last year, counted in its own runs; empty where nobody counted."""
        rows = self.tables["groups"]
        rows = rows[rows["plan"] == plan]
        if not len(rows):
            return ""
        parts = []
        for _, row in rows.sort_values("count", ascending=False, kind="stable").iterrows():
            low, high, count = int(row["low"]), int(row["high"]), round(float(row["count"]))
            if high == 0:
                continue
            counted = f"{'group' if high == 1 else 'groups'}_of.{row['mode']}"
            known = has(f"optimise.{counted}")
            name = self.say(counted) if known else self.words.inside(self.words.policy(str(row["mode"])))
            if low == high:
                parts.append(self.say("groups", n=count, mode=name))
            else:
                parts.append(self.say("groups_span", low=low, high=high, mode=name))
        return self.say("comma").join(parts) if parts else self.say("no_groups")

    # -- what it does ---------------------------------------------------------------------------------

    def does(self, plan: int, outcome: str, *, when: bool = True) -> str:
        """Return what a plan does to an outcome, with the interval of the fresh scores."""
        one, name = self.outcomes[outcome], self.outcome(outcome, when=when)
        if is_money(one):
            return self.level(plan, outcome, when=when)
        return self._change(outcome, self.score(plan, outcome, "effect"), name)

    def _change(self, outcome: str, found: Mapping[str, float], name: str) -> str:
        """Return a difference with its interval in words: whether it rises or falls only where the interval leaves out 0."""
        value, low, high = found["value"], found["low"], found["high"]
        scale = self.scale(outcome, [value, low, high], change=True)
        if value == 0 and not (low < 0 < high):
            return self.say("same", name=name)
        if not math.isfinite(low):
            return self.say("level", name=name, value=scale.said(value, signed=True))
        if low <= 0 <= high:
            shown = self.say("span", value=scale.said(value, signed=True), ends=self.ends(scale, low, high, signed=True))
            return self.say("unclear", name=name, value=shown)
        if high - low <= 1e-9 * abs(value):
            return self.say("rises" if value > 0 else "falls", name=name, value=scale.said(abs(value)))
        ends = self.ends(scale, *((low, high) if value > 0 else (-high, -low)))
        return self.say("rises" if value > 0 else "falls", name=name, value=self.say("span", value=scale.said(abs(value)), ends=ends))

    def level(self, plan: int, outcome: str, *, when: bool = True) -> str:
        """Return the level of an outcome under a plan."""
        found = self.score(plan, outcome, "level")
        value, low, high = found["value"], found["low"], found["high"]
        scale = self.scale(outcome, [value, low, high], change=False)
        shown = scale.said(value)
        if math.isfinite(low) and high - low > 1e-9 * max(1.0, abs(value)):
            shown = self.say("span", value=shown, ends=self.ends(scale, low, high))
        return self.say("level", name=self.outcome(outcome, when=when), value=shown)

    def limit(self, row: Mapping[str, Any]) -> str:
        """Return what a plan keeps of the budget or of a limit."""
        outcome = str(row["outcome"])
        scale = self.scale(outcome, [float(row["at"])], change=False)
        if row["limit"] == "budget":
            wide = self.scale(outcome, [float(row["value"]), float(row["at"])], change=False)
            return self.say("budget", name=self.outcome(outcome), value=wide.said(float(row["value"])), limit=wide.said(float(row["at"])))
        told = self.say(
            "chance", name=self.outcome(outcome), sense=self.say(str(row["sense"])).rstrip() + " ", limit=scale.said(float(row["at"])),
            value=percent(float(row["value"])), ends=self.say("to", low=percent(float(row["low"])), high=percent(float(row["high"]))),
        )  # fmt: skip
        if self.lang == "en":
            told = told.replace("  ", " ")
        return told + (self.say("asked", asked=percent(float(row["probability"]))) if int(row["plan"]) >= 0 else "")

    def _demands(self) -> str:
        goal = self.best.goal
        key = "all_limits" if goal.budget and goal.limits else "the_budget" if goal.budget else "the_limit"
        return self.say(key)

    def told(self, plan: int) -> str:
        """Return the paragraph of a plan: its name, what it is, what it does, what of budget and limits it keeps, what became of it."""
        row = self.front(plan)
        parts = [f"**{self.capital(self.name_of(plan))}**{self.say('colon')}{self.plan(plan)}{self.say('stop')}"]
        parts.append(self.say("against", law=self.law(), listed=self.listed([self.does(plan, name) for name in self.best.goal.objectives], mark="semicolon")))
        rows = [one for one in self.limit_rows(plan) if one["limit"] != "budget" or one["outcome"] not in self.best.goal.objectives or not one["kept"]]
        if rows:
            parts.append(self.capital(self.say("limits_of", listed=self.listed([self.limit(one) for one in rows], mark="semicolon"))))
        if not self.best.front.feasible:
            return self.join(parts)
        if not row["kept"]:
            broken = [one for one in self.limit_rows(plan) if not one["kept"]]
            what = dict.fromkeys(self.say("the_budget" if one["limit"] == "budget" else "the_limit") for one in broken)
            parts.append(self.say("not_kept", what=self.listed(list(what), mark="and")))
        if row["beaten"]:
            parts.append(self.say("now_beaten"))
        elif row["kept"] and not row["undominated"]:
            parts.append(self.say("now_dominated"))
        return self.join(parts)

    # -- the whole ------------------------------------------------------------------------------------

    def about(self) -> str:
        """Return what was searched, and how it was scored."""
        facts, study = self.best.facts, self.best.study
        key = "about" if facts["fresh_futures"] > 1 or facts["futures"] > 1 else "about_one_future"
        parts = [self.say(
            key, policy=self.words.policy(study.policies[0]), levers=len(study.levers), plans=f"{facts['plans']:,}", generations=facts["generations"],
            futures=facts["futures"], draws=facts["draws"], front=facts["front"], fresh_futures=facts["fresh_futures"], fresh_draws=facts["fresh_draws"],
        )]  # fmt: skip
        if facts["refused"]:
            parts.append(self.say("refused", n=facts["refused"]))
        if facts["exhausted"]:
            parts.append(self.say("exhausted"))
        return self.join(parts)

    def headline(self) -> str:
        """Return the one sentence above the figure."""
        if not self.best.front.feasible:
            return self.say("headline_none", what=self._demands())
        objectives = self.best.goal.objectives
        names = self.best.front.names
        if len({names[name] for name in objectives}) == 1:
            plan = names[objectives[0]]
            return self.say("headline_single", value=self.listed([self.does(plan, name, when=False) for name in objectives], mark="semicolon"))
        shown = [self.does(names[name], name, when=False) for name in objectives]
        return self.say("headline", listed=self.listed(shown, mark="semicolon"))

    def status_quo(self) -> str:
        """Return what the status quo gives."""
        parts = [self.level(-1, name) for name in self.best.goal.objectives]
        parts += [self.limit(row) for row in self.limit_rows(-1) if row["limit"] != "budget"]
        return self.say("status_quo", law=self.capital(self.law()), listed=self.listed(parts, mark="semicolon"))

    def sure(self) -> str:
        """Return what became of the front on fresh draws, and by how much the search flattered it."""
        facts, rows, goal = self.best.facts, self.tables["front"], self.best.goal
        parts = []
        if self.best.front.feasible:
            kept, standing, beaten = (int(rows[key].sum()) for key in ("kept", "undominated", "beaten"))
            key = "standing" if goal.limits or goal.budget else "standing_free"
            parts.append(self.say(key, front=facts["front"], kept=kept, standing=standing, what=self._demands()))
            if beaten:
                parts.append(self.say("standing_beaten", beaten=beaten))
            if goal.limits and kept < facts["front"]:
                parts.append(self.say("near_limit"))
        parts += self._flattered()
        return self.join(parts)

    def _flattered(self) -> list[str]:
        rows = self.tables["flattered"]
        told, controls = [], []
        n = 0
        for _, row in rows.iterrows():
            name, best, front = str(row["objective"]), float(row["best"]), float(row["front"])
            size = max(abs(self.score(int(self.best.front.names.get(name, 0)), name, "level")["value"]), 1e-12)
            scale = self.scale(name, [best, front, float(row["controls"])], change=True)
            shown = self.outcome(name, when=False)
            if max(abs(best), abs(front)) <= 1e-9 * size:
                told.append(self.say("same_score", name=shown))
                continue
            key = "flattered_one" if best > 0 else "not_flattered"
            told.append(self.say(key, name=shown, best=scale.said(best, signed=best <= 0), front=scale.said(front, signed=front <= 0)))
            n = int(row["of_controls"])
            if n and math.isfinite(float(row["controls"])):
                controls.append(self.say("controls_one", name=shown, value=scale.said(float(row["controls"]), signed=True)))
        parts = [self.say("flattered", listed=self.listed(told, mark="semicolon"))] if told else []
        if controls and n >= LEAST_CONTROLS:
            parts.append(self.say("controls", n=n, listed=self.listed(controls, mark="semicolon")))
        return parts

    def trade(self, x: str, y: str) -> str:
        """Return the sentence under the front: what is gained and lost from the plan best in one objective to the one best in another."""
        names = self.best.front.names
        if not self.best.front.feasible:
            return self.headline()
        if names[x] == names[y]:
            return self.headline()
        a, b = names[x], names[y]
        return self.say(
            "takeaway.trade", a=self._name(x), b=self._name(y), first=self._moves(a, b, y), second=self._moves(a, b, x)
        )

    def _moves(self, a: int, b: int, outcome: str) -> str:
        rows = self.tables["differences"]
        row = rows[(rows["plan"] == a) & (rows["other"] == b) & (rows["outcome"] == outcome)].iloc[0]
        return self._change(outcome, {key: float(row[key]) for key in ("value", "low", "high")}, self.outcome(outcome, when=False))

    def searched(self) -> str:
        """Return the sentence under the figure of the search."""
        volume = [float(v) for v in self.tables["generations"]["hypervolume"]]
        if volume[-1] <= 0:
            return self.say("takeaway.none")
        half, late = volume[max(0, math.ceil(len(volume) / 2) - 1)], volume[max(0, len(volume) - 1 - len(volume) // 4)]
        return self.say("takeaway.search", share=percent(half / volume[-1]), late=percent(1 - late / volume[-1]))

    def text(self) -> str:
        """Return the whole computed text, Markdown."""
        parts = [self.about(), f"**{self.say('closing')}**"]
        if not self.best.front.feasible:
            lacks = [[self.limit(row) for row in self.limit_rows(0, sample) if not row["kept"]] for sample in ("fresh", "search")]
            parts.append(self.say("none", plans=f"{self.best.facts['plans']:,}", what=self._demands()))
            parts += [self.say("short_of", listed=self.listed(lacks[0] or lacks[1], mark="semicolon"))] if any(lacks) else []
        parts += [self.say("page.plans"), *(self.told(plan) for plan in self.places()), self.status_quo(), self.say("page.sure"), self.sure()]
        return "\n\n".join(part for part in parts if part) + "\n"

    def table_rows(self) -> list[list[str]]:
        """Return the plans by name as a table of texts: a head, a row a plan, a row of the status quo."""
        objectives = self.best.goal.objectives
        demands = bool(self.best.goal.budget or self.best.goal.limits)
        head = [self.say("column.plan"), *(self.capital(self.outcome(name, when=False)) for name in objectives)]
        rows = [head + ([self.say("column.kept")] if demands else [])]
        for plan in (*self.places(), -1):
            cells = [self.capital(self.name_of(plan)) if plan >= 0 else self.capital(self.say("name.status_quo"))]
            for name in objectives:
                what = "level" if plan < 0 or is_money(self.outcomes[name]) else "effect"
                found = self.score(plan, name, what)
                scale = self.scale(name, [found["value"], found["low"], found["high"]], change=what == "effect")
                shown = scale.said(found["value"], signed=what == "effect")
                if math.isfinite(found["low"]) and found["high"] - found["low"] > 1e-9 * max(1.0, abs(found["value"])):
                    shown += f" ({self.ends(scale, found['low'], found['high'], signed=what == 'effect')})"
                cells.append(shown)
            if demands:
                kept = bool(self.front(plan)["kept"]) if plan >= 0 else all(row["kept"] for row in self.limit_rows(-1))
                cells.append(self.say("yes" if kept else "no"))
            rows.append(cells)
        return rows

    def printed(self) -> str:
        """Return what is printed in a terminal."""
        lines = [self.about(), "", self.headline(), ""]
        for plan in self.places():
            lines.append(f"{self.capital(self.name_of(plan))}{self.say('colon')}{self.plan(plan)}")
        rows = self.table_rows()
        wide = [max(width_of(row[c]) for row in rows) for c in range(len(rows[0]))]
        lines += ["", *("  ".join(cell + " " * (w - width_of(cell)) for cell, w in zip(row, wide, strict=True)).rstrip() for row in rows), ""]
        if not self.best.front.feasible:
            lacks = [self.limit(row) for row in self.limit_rows(0) if not row["kept"]]
            lines += [self.say("short_of", listed=self.listed(lacks, mark="semicolon")), ""] if lacks else []
        return "\n".join([*lines, self.sure(), "", self.say("closing")])


__all__ = ["Teller", "percent"]
