"""What was found, in sentences that are computed: Chinese and English, never more than the intervals carry.

A mode is said to win more often than another only where the interval of the difference, over new futures and new draws, is
above nothing; a region only where futures that were left out of the search confirm it; a share of the spread only as what was
resolved. Every text says what it is: an exploration of scenarios.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edusim.discover.futures import ENOUGH_FUTURES, Assumption, Futures
from edusim.discover.spread import PARTS
from edusim.language import text
from edusim.policy_words import unit_text
from edusim.report.map_figures import Scale, outcome_name, scale_of
from edusim.report.style import Words, number

if TYPE_CHECKING:
    import pandas as pd

#: Share of futures, all modes together, in which a winner is told beyond luck; below it none of several rivals wins.
LEAST_CLEAR = 0.05
#: Parts of the spread smaller than this are not named as what to measure first.
LEAST_SHARE = 0.02
#: A spread that is luck beyond this, or resolved less than this, says nothing of assumptions.
MOST_LUCK, LEAST_RESOLVED = 0.9, 0.3
#: Units that say nothing to an official: the range that was looked at stands beside the number.
_PLAIN_UNITS = ("utility", "logit", "corr", "weight", "SD/", "1/", "remoteness")


def sentence(lang: str, key: str, /, **values: Any) -> str:
    """Return a sentence of a discovery in ``zh`` or ``en`` with its placeholders filled."""
    return text(f"discover.{key}", lang, **values)


def percent(share: float) -> str:
    """Return a share as a percentage; what is not quite nothing or all says so."""
    if not math.isfinite(share):
        return "–"
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 < share < 1:
        return ">99%"
    return f"{100 * share:.0f}%"


def value(one: Assumption, amount: float, lang: str, *, bare: bool = False) -> str:
    """Return a value of an assumption as an official reads it: ratios as multiples, shares in percent, three figures."""
    if one.group == "ratio":
        return f"{amount:.2f}" if bare else sentence(lang, "times", value=f"{amount:.2f}")
    if one.unit.startswith("share"):
        shown = f"{100 * amount:.3g}%"
        return sentence(lang, "a_year", value=shown) if one.unit.endswith("/year") and not bare else shown
    size = abs(amount)
    shown = number(amount, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 3)
    if bare or not one.unit or one.unit.startswith(_PLAIN_UNITS):
        return shown
    word = unit_text(one.unit, lang)
    return shown if lang == "zh" and word.isascii() and word != "SD" else f"{shown} {word}"


def limit(one: Assumption, row: Mapping[str, Any], lang: str, *, span: bool = True) -> str:
    """Return a restriction in words: name, where it must lie, and (with ``span``) the range that was looked at."""
    low, high = float(row["low"]), float(row["high"])
    ends = [float(row["limit_low"]), float(row["limit_high"])]
    for k, declared in enumerate((one.low, one.high)):
        # A sample stops just short of the ends of its range: the range is what was looked at.
        if abs(ends[k] - declared) < 0.02 * abs(one.high - one.low):
            ends[k] = declared
    key = "below" if not math.isfinite(low) else "above" if not math.isfinite(high) else "between"
    told = sentence(
        lang, key, name=one.zh if lang == "zh" else one.en, low=value(one, low, lang, bare=key == "between") if key != "below" else "",
        high=value(one, high, lang) if key != "above" else "",
    )  # fmt: skip
    if not span:
        return told
    return told + sentence(lang, "looked", low=value(one, ends[0], lang, bare=True), high=value(one, ends[1], lang, bare=True))


@dataclass(frozen=True)
class State:
    """Who wins an outcome in an arm.

    ``kind`` is ``flat`` (all equal), ``one_mode``, ``luck`` (rivals, none of which wins beyond it), ``first`` (one is best more often than any
    other, in every draw) or ``rivals`` (several that cannot be told apart); ``order`` is by how often a mode is best. ``is_carried``:
    whether that holds for new draws too, or only for those that were made.
    """

    kind: str
    order: tuple[str, ...]
    rivals: tuple[str, ...]
    is_carried: bool = True


class Teller:
    """Tells of the tables of a discovery in one language.

    Parameters
    ----------
    futures
        What was analysed.
    tables
        ``wins, effects, regret, boxes, scores, spread``.
    lang
        ``zh`` or ``en``.
    """

    def __init__(self, futures: Futures, tables: Mapping[str, pd.DataFrame], lang: str) -> None:
        self.futures, self.tables, self.lang = futures, tables, lang
        outcomes = {o.name: {"measure": o.measure or o.name, "at": o.at, "want": o.want, "unit": o.unit} for o in futures.outcomes}
        self.words = Words(lang, {"baseline": futures.baseline, **futures.info, "outcomes": outcomes})

    # -- words ----------------------------------------------------------------------------------------

    def say(self, key: str, /, **values: Any) -> str:
        """Return a sentence in the reader's language."""
        return sentence(self.lang, key, **values)

    def rows(self, table: str, **where: Any) -> pd.DataFrame:
        """Return the rows of a table that match."""
        found = self.tables[table]
        for name, wanted in where.items():
            if name not in found:
                return found.iloc[:0]
            found = found[found[name] == wanted]
        return found

    def by_policy(self, table: str, **where: Any) -> pd.DataFrame:
        """Return the rows of a table that match, by policy."""
        return self.rows(table, **where).set_index("policy")

    def policy(self, key: str) -> str:
        """Return the name of a policy inside a sentence."""
        name = self.say("the_law") if key == self.futures.baseline else self.words.policy(key)
        return name if self.lang == "zh" else name.lower()

    def policies(self, keys: Sequence[str]) -> str:
        """Return names of policies in a sentence: a, b and c."""
        names = [self.policy(key) for key in keys]
        return self.say("comma").join(names[:-1]) + self.say("and") + names[-1] if len(names) > 1 else "".join(names)

    def name(self, outcome: str) -> str:
        """Return what an outcome is called at the head of a sentence."""
        return self.capital(outcome_name(self.words, outcome))

    def called(self, one: Assumption) -> str:
        """Return what an assumption is called."""
        return one.zh if self.lang == "zh" else one.en

    @staticmethod
    def capital(text: str) -> str:
        """Return a text with a capital first."""
        return text[:1].upper() + text[1:]

    def join(self, parts: Sequence[str]) -> str:
        """Return sentences as one text."""
        text = self.say("gap").join(part for part in parts if part)
        return re.sub("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text)  # a unit and the word after it

    def scale(self, outcome: str, values: Sequence[float]) -> Scale:
        """Return how differences of an outcome are written."""
        unit = self.futures.outcome(outcome).unit
        return scale_of(self.words, "" if unit == "count" else unit, values, change=True)

    def spanned(self, scale: Scale, low: float, high: float) -> str:
        """Return two ends of an interval, with one decimal more where they would read the same."""
        digits = scale.digits
        if low != high and scale(low, digits=digits) == scale(high, digits=digits):
            digits += 1
        return self.say("to", low=scale(low, signed=True, digits=digits), high=scale(high, signed=True, digits=digits))

    # -- who wins -------------------------------------------------------------------------------------

    def state(self, outcome: str, arm: str) -> State:
        """Return who wins; see :class:`State`."""
        rows = self.rows("wins", outcome=outcome, arm=arm).sort_values("leads", ascending=False, kind="stable")
        order = tuple(rows["policy"])
        if len(order) < 2:
            return State("one_mode", order, ())
        if float(rows["tied"].iloc[0]) > 0.999:
            return State("flat", order, ())
        top, others = rows.iloc[0], rows.iloc[1:]
        level = tuple(rows.loc[rows["leads_high"] >= float(top["leads_low"]), "policy"])
        if len(level) == 1 and not float(top["draw_least"]) > float(others["draw_most"].max()):  # the draws do not agree
            level = order[:2]
        if len(level) > 1 and float(rows["wins"].sum()) < LEAST_CLEAR:
            return State("luck", order, order)
        return State("first" if len(level) == 1 else "rivals", order, level, int(top["draws"]) > 1 and float(top["ahead_low"]) > 0)

    def pair(self, outcome: str, arm: str) -> tuple[str, str]:
        """Return whose difference decides: the most frequent winner and the next; with one mode, it and the law in force."""
        order = self.state(outcome, arm).order
        return (order[0], order[1]) if len(order) > 1 else (order[0], self.futures.baseline)

    def headline(self, outcome: str) -> str:
        """Return the one sentence above a figure."""
        arm, name = self.futures.arms[0], self.name(outcome)
        if not self.futures.outcome(outcome).sign:
            return self.say("no_direction", name=name)
        state, rows = self.state(outcome, arm), self.by_policy("wins", outcome=outcome, arm=arm)
        top = rows.loc[state.order[0]]
        if state.kind == "one_mode":
            return self.say("one_mode", name=name, policy=self.policy(state.order[0]), share=percent(float(top["beats_law"])))
        if state.kind == "flat":
            means = [float(m) for m in self.rows("effects", outcome=outcome, arm=arm, against=self.futures.baseline)["mean"]]
            return self.say("flat_law", name=name, mean=self.scale(outcome, means).said(means[0], signed=True)) if any(means) else self.say("flat", name=name)
        share, none = percent(float(top["leads"])), float(top["no_mode_beats_law"])
        first = self.policy(state.order[0])
        if none >= 0.5:
            tail = {"first": self.say("no_better_first", policy=first, share=share), "luck": self.say("no_better_luck")}
            return self.say("no_better", name=name, share=percent(none)) + tail.get(state.kind, "")
        if state.kind == "luck":
            return self.say("luck", name=name)
        if state.kind == "rivals":
            shares = self.say("comma").join(percent(float(rows.loc[key, "leads"])) for key in state.rivals)
            return self.say("rivals", name=name, policies=self.policies(state.rivals), shares=shares)
        is_most = float(top["leads_low"]) > 0.5 and float(top["single_low" if state.is_carried else "draw_least"]) > 0.5
        rest = self.say("most" if is_most else "plurality", policy=first, share=share)
        draws = int(top["draws"])
        rest += self.say("though_open", share=percent(float(top["open"]))) if float(top["open"]) >= 0.5 and draws > 1 else ""
        return self.say("named" if state.is_carried else "in_draws" if draws > 1 else "in_draw", name=name, rest=rest, draws=draws)

    def second_line(self, outcome: str) -> str:
        """Return the sentence under a figure's title: what must hold for another mode to win, and what that rests on."""
        arm = self.futures.arms[0]
        state = self.state(outcome, arm)
        if state.kind in ("flat", "one_mode"):
            return ""
        parts = [self._region(outcome, arm, key, short=True) for key in (state.order[1:] if state.kind == "first" else state.order)]
        said = [part for part in parts if part][:2]
        if said and float(self.rows("wins", outcome=outcome, arm=arm)["no_mode_beats_law"].iloc[0]) >= 0.5:
            said[0] = self.say("among_modes", text=said[0])
        if not said:
            is_searched = self.futures.block(arm, outcome).rows.size >= ENOUGH_FUTURES
            said = [self.say("no_region_short") if is_searched else self.say("few_short", least=ENOUGH_FUTURES)]
        rests = self._rests(outcome, arm)
        return self.capital(self.say("semicolon").join([*said, *([rests] if rests else [])]))

    def summary(self, outcomes: Sequence[str]) -> str:
        """Return one sentence over all outcomes: which mode is best in which, and where none can be told to be."""
        first: dict[str, list[str]] = {}
        law: list[str] = []
        same: list[str] = []
        none: list[str] = []
        for name in (n for n in outcomes if self.futures.outcome(n).sign):
            state = self.state(name, self.futures.arms[0])
            short = self.words.inside(self.words.measure(self.futures.outcome(name).measure or name))
            worse = float(self.rows("wins", outcome=name, arm=self.futures.arms[0])["no_mode_beats_law"].iloc[0])
            if state.kind == "flat":
                same.append(short)
            elif worse >= 0.5:
                law.append(short)
            elif state.kind == "first":
                first.setdefault(state.order[0], []).append(short)
            elif state.kind != "one_mode":
                none.append(short)
        comma = self.say("comma")
        parts = [self.say("summary_first", policy=self.policy(m), names=comma.join(first[m])) for m in self.futures.modes if m in first]
        for key, names in (("summary_none", none), ("summary_law", law), ("summary_same", same)):
            if names:
                parts.append(self.say(key, names=comma.join(names)))
        return self.capital(self.say("semicolon").join(parts))

    # -- paragraphs -----------------------------------------------------------------------------------

    def paragraph(self, outcome: str) -> str:
        """Return all that is said of one outcome."""
        head = self.headline(outcome) + self.say("stop")
        if not self.futures.outcome(outcome).sign:
            return head
        arm = self.futures.arms[0]
        parts = [head, *self._wins(outcome, arm), *self._law(outcome, arm), self._regret(outcome, arm)]
        if "equal" in self.futures.arms and arm != "equal":
            parts.append(self._equal(outcome))
        parts = [text for text in parts if text]
        return self.join([*parts, *self._regions(outcome, arm), *self._spread(outcome, arm), *self._measure(outcome, arm)])

    def _wins(self, outcome: str, arm: str) -> list[str]:
        state, rows = self.state(outcome, arm), self.by_policy("wins", outcome=outcome, arm=arm)
        if state.kind in ("flat", "one_mode"):
            return []
        first = rows.iloc[0]
        listed = [
            self.say("share_with_interval", policy=self.policy(key), **{name: percent(float(rows.loc[key, column])) for name, column in
                     (("share", "leads"), ("low", "leads_low"), ("high", "leads_high"))}) for key in state.order
        ]  # fmt: skip
        sure = [self.say("share_sure", policy=self.policy(key), share=percent(float(rows.loc[key, "wins"]))) for key in state.order]
        clause, draws = self.say("clause"), int(first["draws"])
        said = [self.say("best", n=f"{int(first['futures']):,}", listed=clause.join(listed))]
        if float(first["tied"]) > 0:
            said.append(self.say("tied", share=percent(float(first["tied"]))))
        if draws < 2:
            return [*said, self.say("one_draw")]
        said.append(self.say("sure", listed=clause.join(sure), open=percent(float(first["open"]))))
        top, next_one = rows.loc[state.order[0]], rows.loc[state.order[1]]
        if state.kind == "first" and not state.is_carried:
            said.append(self.say("draws_few", draws=draws))
        if state.kind == "rivals" and float(top["leads_low"]) > float(next_one["leads_high"]):
            least, most = percent(float(top["draw_least"])), percent(float(top["draw_most"]))
            said.append(self.say("draws_differ", policy=self.policy(state.order[0]), low=least, high=most, draws=draws))
        return said

    def _law(self, outcome: str, arm: str) -> list[str]:
        rows = self.by_policy("effects", outcome=outcome, arm=arm, against=self.futures.baseline)
        wins = self.by_policy("wins", outcome=outcome, arm=arm)
        if rows.empty:
            return []
        scale = self.scale(outcome, [float(x) for c in ("mean", "q05", "q95") for x in rows[c]])
        state = self.state(outcome, arm)
        means = [float(m) for m in rows["mean"]]
        if state.kind == "flat" and not any(means):
            return [self.say("law_same")]
        if state.kind == "flat":
            return []  # the headline says it
        parts = []
        for key in state.order:
            row, win = rows.loc[key], wins.loc[key]
            is_known = math.isfinite(float(row["low"]))
            parts.append(self.say(
                "law_one" if is_known else "law_one_alone", policy=self.policy(key), mean=scale.said(float(row["mean"]), signed=True),
                ends=self.spanned(scale, float(row["low"]), float(row["high"])), most=self.spanned(scale, float(row["q05"]), float(row["q95"])),
                better=percent(float(win["beats_law"])),
            ) + (self.say("law_worse", share=percent(float(win["worse_clearly"]))) if float(win["worse_clearly"]) > 0 else ""))  # fmt: skip
        none = float(wins["no_mode_beats_law"].iloc[0])
        said = [self.say("law", listed=self.say("semicolon").join(parts))]
        return [*said, self.say("no_mode_beats_law", share=percent(none))] if 0.05 <= none < 0.5 else said

    def _regret(self, outcome: str, arm: str) -> str:
        rows = self.rows("regret", outcome=outcome, arm=arm)
        if rows.empty or float(rows["most"].max()) <= 0 or self.state(outcome, arm).kind == "flat":
            return ""
        by_mean = rows.sort_values(["mean", "p90"], kind="stable").iloc[0]
        by_p90 = rows.sort_values(["p90", "mean"], kind="stable").iloc[0]
        scale = self.scale(outcome, [float(by_mean["mean"]), float(by_p90["p90"])])
        key = "regret_one" if by_mean["policy"] == by_p90["policy"] else "regret_two"
        if key == "regret_one" and float(by_mean["best"]) >= 0.95:
            return self.say("regret_none", one=self.policy(by_mean["policy"]), share=percent(float(by_mean["best"])))
        return self.say(key, one=self.policy(by_mean["policy"]), two=self.policy(by_p90["policy"]),
                        mean=scale.said(float(by_mean["mean"])), p90=scale.said(float(by_p90["p90"])))  # fmt: skip

    def _equal(self, outcome: str) -> str:
        state, rows = self.state(outcome, "equal"), self.by_policy("wins", outcome=outcome, arm="equal")
        if state.kind in ("flat", "one_mode"):
            return ""
        shares = [self.say("share_of", policy=self.policy(key), share=percent(float(rows.loc[key, "leads"]))) for key in state.order]
        told = self.say(f"equal_{state.kind}", policies=self.policies(state.rivals), policy=self.policy(state.order[0]))
        names = list(dict.fromkeys(self.called(one).split("（")[0].split(" (")[0] for one in self.futures.assumptions if one.group == "ratio"))
        ratios = self.say("comma").join(names[:-1]) + self.say("and") + names[-1] if len(names) > 1 else "".join(names)
        return self.say("equal", told=told, listed=self.say("clause").join(shares), ratios=ratios)

    # -- where the winner changes ---------------------------------------------------------------------

    def regions(self, outcome: str, arm: str, policy: str, question: str = "leads") -> pd.DataFrame:
        """Return the rows of the box that is told of a mode: the sure one if it holds on futures left out, else the broad one."""
        rows = self.rows("boxes", outcome=outcome, arm=arm, policy=policy, question=question)
        for kind in ("sure", "broad"):
            found = rows[(rows["kind"] == kind) & rows["is_region"].astype(bool)] if len(rows) else rows
            if len(found):
                return found
        return rows.iloc[:0]

    def _told_of(self, box: pd.DataFrame, key: str, policy: str, *, span: bool = True) -> str:
        conditions = [limit(self.futures.by_column[r["column"]], r, self.lang, span=span) for _, r in box.iterrows()]
        row = box.iloc[0]
        shares = {name: percent(float(row[f"held_{name}"])) for name in ("density", "low", "high", "base")}
        return self.say(key, conditions=self.say("and_condition").join(conditions), policy=self.policy(policy), **shares)

    def _region(self, outcome: str, arm: str, policy: str, *, short: bool = False) -> str:
        """Return under what conditions a mode wins, or nothing; ``short`` leaves out ranges and intervals."""
        box = self.regions(outcome, arm, policy)
        return "" if box.empty else self._told_of(box, "region_short" if short else "region", policy, span=not short)

    def _regions(self, outcome: str, arm: str) -> list[str]:
        state = self.state(outcome, arm)
        if state.kind in ("flat", "one_mode"):
            return []
        complete = self.futures.block(arm, outcome).rows.size
        if complete < ENOUGH_FUTURES:
            return [self.say("few", n=complete, least=ENOUGH_FUTURES)]
        asked = state.order if state.kind != "first" else state.order[1:]
        found = {key: self._region(outcome, arm, key) for key in asked}
        said, silent = [text for text in found.values() if text], [key for key, text in found.items() if not text]
        told = [self.capital(self.say("regions", listed=self.say("semicolon").join(said)))] if said else []
        told += [self.say("no_region", policies=self.policies(silent))] if silent else []
        worse = self.regions(outcome, arm, state.order[0], "worse_than_law")
        return [*told, self._told_of(worse, "worse", state.order[0])] if len(worse) and state.kind == "first" else told

    # -- what the answer rests on ---------------------------------------------------------------------

    def split(self, outcome: str, arm: str, pair: tuple[str, str] | None = None) -> pd.Series[Any] | None:
        """Return the row of the spread that is told: that of the difference between the two that win most, or of ``pair``."""
        first, second = pair or self.pair(outcome, arm)
        for policy, against in ((first, second), (second, first)):
            rows = self.rows("spread", outcome=outcome, arm=arm, policy=policy, against=against)
            if len(rows) and bool(rows.iloc[0]["varies"]):
                return rows.iloc[0]
        return None

    def _rests(self, outcome: str, arm: str) -> str:
        """Return how much of the answer rests on what no study has measured; nothing where that cannot be said."""
        row = self.split(outcome, arm)
        if row is None or not bool(row["dummy_ok"]) or not float(row["r2"]) >= LEAST_RESOLVED or float(row["luck"]) > MOST_LUCK:
            return ""
        between = 1 - float(row["luck"])
        ends = sorted((float(row["unmeasured"]) / between, 1 - float(row["evidence"]) / between))
        low, high = (percent(end) for end in ends)
        key = "rests_all" if low in (">99%", "100%") else "rests_one" if low == high else "rests"
        return self.say(key, low=low, high=high)

    def _spread(self, outcome: str, arm: str) -> list[str]:
        row = self.split(outcome, arm)
        if row is None:
            return []
        parts = [f"{self.say(f'part.{p}')} {percent(float(row[p]))}" for p in PARTS if float(row[p]) >= 0.005]
        said = self.say("spread", pair=self.policies([str(row["policy"]), str(row["against"])]), listed=self.say("comma").join(parts))
        rests = self._rests(outcome, arm)
        if not bool(row["dummy_ok"]):
            return [said, self.say("dummy")]
        if rests:
            return [said, self.capital(rests) + self.say("stop")]
        return [said, self.say("mostly_luck" if float(row["luck"]) > MOST_LUCK else "mostly_unresolved")]

    def first_to_measure(self, outcome: str, arm: str, *, measured: bool = False) -> list[tuple[Assumption, float]]:
        """Return the assumptions that no study has measured and that explain most, at most three (``measured``: those that studies have)."""
        row = self.split(outcome, arm)
        if row is None:
            return []
        found = self.rows("scores", outcome=outcome, arm=arm, policy=row["policy"], against=row["against"])
        found = found[((found["status"] == "evidence") == measured) & (found["share"] >= LEAST_SHARE)].sort_values("share", ascending=False, kind="stable")
        return [(self.futures.by_column[r["column"]], float(r["share"])) for _, r in found.head(3).iterrows()]

    def _measure(self, outcome: str, arm: str) -> list[str]:
        row = self.split(outcome, arm)
        if row is None or float(row["luck"]) > MOST_LUCK:
            return []
        listed = self.first_to_measure(outcome, arm)
        parts = [self.say("measure_one", name=self.called(one), share=percent(share)) for one, share in listed]
        said = [self.say("measure", listed=self.say("comma").join(parts)) if parts else self.say("measure_none")]
        known = self.first_to_measure(outcome, arm, measured=True)[:1]
        return said + [self.say("narrow", name=self.called(one), share=percent(share)) for one, share in known]

    # -- everything -----------------------------------------------------------------------------------

    def about(self) -> str:
        """Return what was compared, and what is missing."""
        f = self.futures
        missing = max((f.incomplete(arm) for arm in f.arms), default=0)
        said = self.say("about", modes=self.capital(self.say("comma").join(self.policy(m) for m in f.modes)), n=f"{f.n:,}", draws=f.draws,
                        assumptions=len(f.assumptions))  # fmt: skip
        return self.join([said, self.say("missing", n=f"{missing:,}") if missing else ""])

    def text(self, outcomes: Sequence[str]) -> str:
        """Return the whole text as Markdown."""
        parts = [self.say("title"), self.join([self.about(), f"**{self.say('closing')}**"])]
        if len(outcomes) > 1:
            parts.append(self.summary(outcomes) + self.say("stop"))
        for name in outcomes:
            parts += [f"## {self.name(name)}", self.paragraph(name)]
        return "\n\n".join(parts) + "\n"
