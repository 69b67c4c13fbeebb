"""What was found, in sentences that are computed: Chinese and English, never more than the intervals carry.

A mode is said to win more often than another only where the interval of the difference, over new futures and new draws, is
above nothing; a region only where futures that were left out of the search confirm it; a share of the spread only as what was
resolved. Every text ends by saying what it is: an exploration of scenarios.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edusim.discover.futures import ENOUGH_FUTURES, Assumption, Futures
from edusim.discover.spread import PARTS
from edusim.policy_words import unit_text
from edusim.report.map_figures import Scale, outcome_name, scale_of
from edusim.report.style import Words, number

if TYPE_CHECKING:
    import pandas as pd

#: Shares of futures, all modes together, in which a winner is told beyond luck; below it nobody wins.
LEAST_CLEAR = 0.05
#: Parts of the spread smaller than this are not named as what to measure first.
LEAST_SHARE = 0.02
#: A spread that is luck beyond this, or resolved less than this, says nothing of assumptions.
MOST_LUCK, LEAST_RESOLVED = 0.9, 0.3
CLOSING = {
    "zh": "这是情景推演，不是预测：这三种模式的因果效应大小，至今没有研究测出；以上份额只说明在所设范围内均匀取值的假定里各模式胜出的多少，不是概率。",
    "en": "This explores scenarios and forecasts nothing: no causal effect size exists for these modes. Shares count assumptions drawn "
    "evenly over their ranges; they are not probabilities.",
}  # fmt: skip
_PLAIN_UNITS = ("utility", "logit", "corr", "weight", "SD/", "1/", "remoteness")


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
    zh = lang == "zh"
    if one.group == "ratio":
        return f"{amount:.2f}{'' if bare else ' 倍' if zh else ''}"
    unit = one.unit
    if unit.startswith("share"):
        shown = f"{100 * amount:.3g}%"
        return shown if bare or not unit.endswith("/year") else shown + ("/年" if zh else " a year")
    shown = number(amount, 0 if abs(amount) >= 100 else 1 if abs(amount) >= 10 else 2)
    if bare or not unit or unit.startswith(_PLAIN_UNITS):
        return shown
    word = unit_text(unit, lang)
    return f"{shown} {word}" if not zh else f"{shown} {word if not word.isascii() or word in ('SD',) else ''}".rstrip()


def limit(one: Assumption, row: Mapping[str, Any], lang: str, *, span: bool = True) -> str:
    """Return a restriction in words: name, where it must lie, and (with ``span``) the range that was looked at."""
    zh = lang == "zh"
    low, high = float(row["low"]), float(row["high"])
    ends = [float(row["limit_low"]), float(row["limit_high"])]
    for k, declared in enumerate((one.low, one.high)):
        # A sample stops just short of the ends of its range: the range is what was looked at.
        if abs(ends[k] - declared) < 0.02 * abs(one.high - one.low):
            ends[k] = declared
    if math.isfinite(low) and math.isfinite(high):
        where = f"在 {value(one, low, lang, bare=True)} 至 {value(one, high, lang)} 之间" if zh else f"between {value(one, low, lang, bare=True)} and {value(one, high, lang)}"
    elif math.isfinite(low):
        where = f"高于 {value(one, low, lang)}" if zh else f"above {value(one, low, lang)}"
    else:
        where = f"低于 {value(one, high, lang)}" if zh else f"below {value(one, high, lang)}"
    looked = "–".join(value(one, end, lang, bare=True) for end in ends)
    if zh:
        return f"“{one.zh}”{where}" + (f"（考察范围 {looked}）" if span else "")
    return f'"{one.en}" is {where}' + (f" (looked at: {looked})" if span else "")


@dataclass(frozen=True)
class State:
    """Who wins an outcome in an arm: ``kind`` is ``flat``, ``one_mode``, ``luck``, ``first`` or ``rivals``; ``order`` by how often a mode is best."""

    kind: str
    order: tuple[str, ...]
    rivals: tuple[str, ...]


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
        self.words = Words(lang, {"baseline": futures.baseline, "outcomes": outcomes, **futures.info})
        self.zh = lang == "zh"

    def rows(self, table: str, **where: Any) -> pd.DataFrame:
        """Return the rows of a table that match."""
        found = self.tables[table]
        for name, wanted in where.items():
            if name not in found:
                return found.iloc[:0]
            found = found[found[name] == wanted]
        return found

    def policy(self, key: str) -> str:
        """Return the name of a policy inside a sentence."""
        name = self.words.policy(key)
        return name if self.zh else name.lower()

    def policies(self, keys: Sequence[str]) -> str:
        """Return names of policies in a sentence: a、b 和 c."""
        names = [self.policy(key) for key in keys]
        if len(names) < 2:
            return "".join(names)
        return ("、".join(names[:-1]) + "和" + names[-1]) if self.zh else ", ".join(names[:-1]) + " and " + names[-1]

    def name(self, outcome: str) -> str:
        """Return what an outcome is called."""
        return self.words.inside(outcome_name(self.words, outcome))

    def state(self, outcome: str, arm: str) -> State:
        """Return who wins; see :class:`State`."""
        rows = self.rows("wins", outcome=outcome, arm=arm).sort_values("leads", ascending=False, kind="stable")
        order = tuple(rows["policy"])
        if len(order) < 2:
            return State("one_mode", order, ())
        if float(rows["tied"].iloc[0]) > 0.999:
            return State("flat", order, ())
        if float(rows["wins"].sum()) < LEAST_CLEAR:
            return State("luck", order, order)
        top = rows.iloc[0]
        level = tuple(rows.loc[rows["leads_high"] >= float(top["leads_low"]), "policy"])
        if len(level) == 1 and not float(top["ahead_low"]) > 0:  # the draws do not carry it
            level = order[:2]
        return State("first" if len(level) == 1 else "rivals", order, level)

    def pair(self, outcome: str, arm: str) -> tuple[str, str]:
        """Return the effect whose spread matters most: the most frequent winner and the next; with one mode, it and the law."""
        order = self.state(outcome, arm).order
        return (order[0], order[1]) if len(order) > 1 else (order[0], self.futures.baseline)

    def scale(self, outcome: str, values: Sequence[float]) -> Scale:
        """Return how differences of an outcome are written."""
        return scale_of(self.words, self.futures.outcome(outcome).unit, values, change=True)

    def spanned(self, scale: Scale, low: float, high: float) -> str:
        """Return two ends of an interval, with one decimal more where they would read the same."""
        digits = scale.digits
        if low != high and scale(low, digits=digits) == scale(high, digits=digits):
            digits += 1
        return f"{scale(low, signed=True, digits=digits)} {'至' if self.zh else 'to'} {scale(high, signed=True, digits=digits)}"

    # -- headlines ------------------------------------------------------------------------------------

    def headline(self, outcome: str) -> str:
        """Return the one sentence above a figure."""
        arm = self.futures.arms[0]
        name = self.name(outcome)
        if not self.futures.outcome(outcome).sign:
            return f"{name}：没有规定哪个方向更好" if self.zh else f"{self.capital(name)}: neither direction is wanted"
        state = self.state(outcome, arm)
        if state.kind == "one_mode":
            row = self.rows("wins", outcome=outcome, arm=arm).iloc[0]
            share, policy = percent(float(row["beats_law"])), self.policy(row["policy"])
            return f"{name}：{policy}在 {share} 的未来里好于现行法规" if self.zh else f"{self.capital(name)}: {policy} is better than the law in force in {share} of futures"
        if state.kind == "flat":
            return f"{name}：各模式完全相同" if self.zh else f"{self.capital(name)}: all modes are the same"
        if state.kind == "luck":
            return f"{name}：没有哪种模式更好，差别不出偶然" if self.zh else f"{self.capital(name)}: no mode is better beyond luck"
        rows = self.rows("wins", outcome=outcome, arm=arm).set_index("policy")
        shares = {key: percent(float(rows.loc[key, "leads"])) for key in state.order}
        if state.kind == "rivals":
            said = self.policies(state.rivals)
            listed = ("、" if self.zh else ", ").join(shares[key] for key in state.rivals)
            return (f"{name}：{said}不分伯仲（各在 {listed} 的未来里最好）" if self.zh
                    else f"{self.capital(name)}: {said} win about as often (best in {listed} of futures)")  # fmt: skip
        top = state.order[0]
        is_most = float(rows.loc[top, "leads_low"]) > 0.5
        how = ("多数" if is_most else "最多的") if self.zh else ("most" if is_most else "the most")
        unsure = percent(float(rows["open"].iloc[0])) if float(rows["open"].iloc[0]) >= 0.5 else ""
        if self.zh:
            return f"{name}：{self.policy(top)}在{how}未来里最好（{shares[top]}）" + (f"，但 {unsure} 的未来分不出高下" if unsure else "")
        return f"{self.capital(name)}: {self.policy(top)} is best in {how} futures ({shares[top]})" + (f", though {unsure} have no winner beyond luck" if unsure else "")

    def second_line(self, outcome: str) -> str:
        """Return the sentence under a figure's title: what must hold for another mode to win, and what that rests on."""
        arm = self.futures.arms[0]
        state = self.state(outcome, arm)
        if state.kind in ("flat", "one_mode"):
            return ""
        parts = [self._region(outcome, arm, key, short=True) for key in (state.order[1:] if state.kind == "first" else state.order)]
        said = [part for part in parts if part][:2]
        stop = "；" if self.zh else "; "
        text = stop.join(said) if said else ("没有找到经得起检验的胜负转换条件" if self.zh else "no condition under which the winner changes stands the check")
        rests = self._rests(outcome, arm)
        return self.capital(text + (stop + rests if rests else ""))

    def summary(self, outcomes: Sequence[str]) -> str:
        """Return one sentence over all outcomes: which mode is best in which, and where no mode is."""
        arm = self.futures.arms[0]
        first: dict[str, list[str]] = {}
        none: list[str] = []
        for name in outcomes:
            if not self.futures.outcome(name).sign:
                continue
            state = self.state(name, arm)
            short = self.words.inside(self.words.measure(self.futures.outcome(name).measure or name))
            if state.kind == "first":
                first.setdefault(state.order[0], []).append(short)
            elif state.kind != "one_mode":
                none.append(short)
        comma, stop = ("、", "；") if self.zh else (", ", "; ")
        parts = [
            f"{self.policy(mode)}最常胜出的：{comma.join(first[mode])}" if self.zh else f"{self.policy(mode)} wins most often in: {comma.join(first[mode])}"
            for mode in self.futures.modes if mode in first
        ]  # fmt: skip
        if none:
            parts.append(f"没有哪种模式更好的：{comma.join(none)}" if self.zh else f"no mode is better in: {comma.join(none)}")
        return self.capital(stop.join(parts))

    @staticmethod
    def capital(text: str) -> str:
        """Return a text with a capital first."""
        return text[:1].upper() + text[1:]

    # -- paragraphs -----------------------------------------------------------------------------------

    def paragraph(self, outcome: str) -> str:
        """Return all that is said of one outcome."""
        if not self.futures.outcome(outcome).sign:
            return self.headline(outcome) + ("。" if self.zh else ".")
        arm = self.futures.arms[0]
        parts = [self._wins(outcome, arm), self._law(outcome, arm), self._regret(outcome, arm)]
        if "equal" in self.futures.arms and arm != "equal":
            parts.append(self._equal(outcome))
        parts += [self._regions(outcome, arm), self._spread(outcome, arm), self._measure(outcome, arm)]
        return ("" if self.zh else " ").join(part for part in parts if part)

    def _wins(self, outcome: str, arm: str) -> str:
        state = self.state(outcome, arm)
        rows = self.rows("wins", outcome=outcome, arm=arm).set_index("policy")
        n, draws = int(rows["futures"].iloc[0]), int(rows["draws"].iloc[0])
        head = self.headline(outcome) + ("。" if self.zh else ". ")
        if state.kind in ("flat", "one_mode"):
            return head.rstrip()
        zh = self.zh
        listed = []
        for key in state.order:
            row = rows.loc[key]
            shown = f"{percent(row['leads'])}（{percent(row['leads_low'])}–{percent(row['leads_high'])}）" if zh else (
                f"{percent(row['leads'])} ({percent(row['leads_low'])} to {percent(row['leads_high'])})")  # fmt: skip
            listed.append(f"{self.policy(key)}{' ' if zh else ' in '}{shown}")
        clear = [f"{self.policy(key)} {percent(rows.loc[key, 'wins'])}" for key in state.order]
        is_open = percent(float(rows["open"].iloc[0]))
        tied = float(rows["tied"].iloc[0])
        if zh:
            said = f"在 {n:,} 种未来里，结果最好的是：{'，'.join(listed)}（括号内为 95% 区间，只计未来的多少）。"
            said += f"其中扣除人员与抽签的偶然后仍能断定胜出的：{'，'.join(clear)}；另有 {is_open} 的未来分不出高下" + (f"，{percent(tied)} 完全相同。" if tied else "。")
        else:
            said = f"Of {n:,} futures, the best result is that of {', '.join(listed)} (95 % intervals, counting futures only). "
            said += f"Beyond the luck of people and lots: {', '.join(clear)}; in {is_open} of futures no winner can be told" + (f", in {percent(tied)} they are equal." if tied else ".")
        if draws < 2:
            said += "每种未来只抽样一次，偶然无从分辨。" if zh else " With one draw a future, luck cannot be told from anything."
        elif state.kind == "rivals" and len(state.rivals) == 2 and float(rows.loc[state.order[0], "leads_low"]) > float(rows.loc[state.order[1], "leads_high"]):
            top = rows.loc[state.order[0]]
            one, two = percent(float(top["draw_least"])), percent(float(top["draw_most"]))
            said += (f"换一次抽样，{self.policy(state.order[0])}最好的份额就在 {one} 至 {two} 之间变动，{draws} 次抽样不足以断定谁更常胜出。" if zh else
                     f" From draw to draw {self.policy(state.order[0])} is best in {one} to {two}: {draws} draws cannot settle who wins more often.")  # fmt: skip
        return head + said

    def _law(self, outcome: str, arm: str) -> str:
        zh = self.zh
        rows = self.rows("effects", outcome=outcome, arm=arm, against=self.futures.baseline).set_index("policy")
        wins = self.rows("wins", outcome=outcome, arm=arm).set_index("policy")
        if rows.empty:
            return ""
        if not rows[["mean", "q05", "q95"]].abs().to_numpy().max() > 0:
            return "与现行法规也完全相同。" if zh else "The law in force gives the same."
        scale = self.scale(outcome, [float(x) for c in ("mean", "q05", "q95") for x in rows[c]])
        parts = []
        for key in self.state(outcome, arm).order:
            row, win = rows.loc[key], wins.loc[key]
            mean = scale.said(float(row["mean"]), signed=True)
            ends, most = (self.spanned(scale, float(row[a]), float(row[b])) for a, b in (("low", "high"), ("q05", "q95")))
            worse = percent(float(win["worse_clearly"]))
            if zh:
                parts.append(f"{self.policy(key)}平均 {mean}（{ends}），九成未来在 {most} 之间，{percent(float(win['beats_law']))} 的未来更好，{worse} 确实更差")
            else:
                parts.append(f"{self.policy(key)} {mean} on average ({ends}), nine futures in ten from {most}, "
                             f"better in {percent(float(win['beats_law']))} of futures and worse beyond luck in {worse}")  # fmt: skip
        none = float(wins["no_mode_beats_law"].iloc[0])
        said = ("与现行法规相比：" + "；".join(parts) + "。") if zh else "Against the law in force: " + "; ".join(parts) + "."
        if none >= 0.05:
            said += f"有 {percent(none)} 的未来，没有哪种模式好于现行法规。" if zh else f" In {percent(none)} of futures no mode is better than the law in force."
        return said

    def _regret(self, outcome: str, arm: str) -> str:
        rows = self.rows("regret", outcome=outcome, arm=arm)
        if rows.empty or float(rows["most"].max()) <= 0 or self.state(outcome, arm).kind == "flat":
            return ""
        by_mean = rows.sort_values(["mean", "p90"], kind="stable").iloc[0]
        by_p90 = rows.sort_values(["p90", "mean"], kind="stable").iloc[0]
        scale = self.scale(outcome, [float(by_mean["mean"]), float(by_p90["p90"])])
        mean, p90 = scale.said(float(by_mean["mean"])), scale.said(float(by_p90["p90"]))
        one, two = self.policy(by_mean["policy"]), self.policy(by_p90["policy"])
        if self.zh:
            if one == two:
                return f"事后最不后悔的选择是{one}：与当时最好的选择相比，平均少得 {mean}，十种未来里有一种少得 {p90} 以上。"
            return f"事后最不后悔的选择，按平均看是{one}（与当时最好的选择相比少得 {mean}），按十种未来里最差的一种看是{two}（少得 {p90} 以上）。"
        if one == two:
            return f"The choice least regretted is {one}: against the best choice of each future it gives up {mean} on average, and more than {p90} in one future of ten."
        return f"The choice least regretted is {one} on average (it gives up {mean} against the best choice of each future), and {two} in the worst tenth of futures (more than {p90})."

    def _equal(self, outcome: str) -> str:
        state = self.state(outcome, "equal")
        rows = self.rows("wins", outcome=outcome, arm="equal").set_index("policy")
        zh = self.zh
        if state.kind in ("flat", "one_mode"):
            return ""
        listed = ("，" if zh else ", ").join(f"{self.policy(key)}{' ' if zh else ' in '}{percent(float(rows.loc[key, 'leads']))}" for key in state.order)
        if state.kind == "luck":
            told = "没有哪种模式更好" if zh else "no mode is better beyond luck"
        elif state.kind == "rivals":
            told = f"{self.policies(state.rivals)}不分伯仲" if zh else f"{self.policies(state.rivals)} win about as often"
        else:
            told = f"{self.policy(state.order[0])}最常胜出" if zh else f"{self.policy(state.order[0])} wins most often"
        if zh:
            return f"如果各模式的联合教研、管理扩散、挂牌口碑同样有效（比值都为 1），{told}：最好的份额为{listed}。"
        return f"If joint work, leadership and the brand work equally well in every mode (all ratios 1), {told}: best is {listed} of futures."

    def regions(self, outcome: str, arm: str, policy: str, question: str = "leads") -> pd.DataFrame:
        """Return the rows of the box that is told of a mode: the sure one if it holds on futures left out, else the broad one."""
        rows = self.rows("boxes", outcome=outcome, arm=arm, policy=policy, question=question)
        for kind in ("sure", "broad"):
            found = rows[(rows["kind"] == kind) & (rows["is_region"].astype(bool))] if len(rows) else rows
            if len(found):
                return found
        return rows.iloc[:0]

    def _region(self, outcome: str, arm: str, policy: str, *, short: bool = False) -> str:
        """Return under what conditions a mode wins, or nothing; ``short`` leaves out ranges and intervals."""
        box = self.regions(outcome, arm, policy)
        if box.empty:
            return ""
        conditions = self._conditions(box, span=not short)
        row = box.iloc[0]
        density, low, high, base = (percent(float(row[c])) for c in ("held_density", "held_low", "held_high", "held_base"))
        if short:
            return (f"{conditions}时，{density} 的未来里{self.policy(policy)}最好" if self.zh
                    else f"{self.policy(policy)} is best in {density} of futures where {conditions}")  # fmt: skip
        if self.zh:
            return f"当{conditions}时，{self.policy(policy)}在 {density}（{low}–{high}）的未来里最好（总体为 {base}）"
        return f"{self.policy(policy)} is best in {density} ({low} to {high}) of futures where {conditions}, against {base} of all"

    def _conditions(self, box: pd.DataFrame, *, span: bool = True) -> str:
        between = "，且" if self.zh else " and "
        return between.join(limit(self.futures.by_column[r["column"]], r, self.lang, span=span) for _, r in box.iterrows())

    def _regions(self, outcome: str, arm: str) -> str:
        zh = self.zh
        state = self.state(outcome, arm)
        if state.kind in ("flat", "one_mode"):
            return ""
        if self.futures.n < ENOUGH_FUTURES:
            return f"只有 {self.futures.n} 种未来，不足 {ENOUGH_FUTURES} 种，没有搜寻胜负转换的条件。" if zh else (
                f"There are {self.futures.n} futures, fewer than {ENOUGH_FUTURES}: conditions were not searched for.")  # fmt: skip
        said, silent = [], []
        for key in state.order if state.kind != "first" else state.order[1:]:
            told = self._region(outcome, arm, key)
            if told:
                said.append(told)
            else:
                silent.append(key)
        text = ""
        if said:
            text = "什么条件下胜负转换（用搜寻时留出的一半未来检验）：" + "；".join(said) + "。" if zh else (
                "Where the winner changes, checked on the half of the futures left out of the search: " + "; ".join(said) + ".")  # fmt: skip
        if silent:
            names = self.policies(silent)
            text += f"对{names}没有找到经得起检验的胜出条件。" if zh else f"{' ' if text else ''}No condition that stands the check was found for {names}."
        worse = self.regions(outcome, arm, state.order[0], "worse_than_law")
        if len(worse) and state.kind == "first":
            conditions = self._conditions(worse)
            density, base = percent(float(worse.iloc[0]["held_density"])), percent(float(worse.iloc[0]["held_base"]))
            text += (f"当{conditions}时，{self.policy(state.order[0])}在 {density} 的未来里还不如现行法规（总体 {base}）。" if zh else
                     f" Where {conditions}, {self.policy(state.order[0])} is worse than the law in force in {density} of futures, against {base} of all.")  # fmt: skip
        return text

    def split(self, outcome: str, arm: str, pair: tuple[str, str] | None = None) -> pd.Series[Any] | None:
        """Return the row of the spread that is told: that of the difference between the two that win most, or of ``pair``."""
        first, second = pair or self.pair(outcome, arm)
        for policy, against in ((first, second), (second, first)):
            rows = self.rows("spread", outcome=outcome, arm=arm, policy=policy, against=against)
            if len(rows) and bool(rows.iloc[0]["varies"]):
                return rows.iloc[0]
        return None

    def part(self, name: str) -> str:
        """Return what a part of the spread is called."""
        names = {
            "evidence": ("有研究测过的参数", "parameters that studies have measured"), "assumption": ("无研究测过的参数", "parameters that none has"),
            "ratio": ("模式之间的比值（无研究测过）", "ratios between modes (none has)"), "interaction": ("它们的相互作用", "their interaction"),
            "unresolved": ("未能分解", "unresolved"), "luck": ("人员与抽签的偶然", "luck of people and lots"),
        }  # fmt: skip
        return names[name][0 if self.zh else 1]

    def _rests(self, outcome: str, arm: str) -> str:
        """Return how much of the answer rests on what no study has measured; nothing where luck or what is unresolved is nearly all."""
        row = self.split(outcome, arm)
        if row is None or not bool(row["dummy_ok"]) or not float(row["r2"]) >= LEAST_RESOLVED or float(row["luck"]) > MOST_LUCK:
            return ""
        between = 1 - float(row["luck"])
        least, most = float(row["unmeasured"]) / between, 1 - float(row["evidence"]) / between
        low, high = percent(min(least, most)), percent(max(least, most))
        if low in (">99%", "100%"):
            return "除去偶然，答案几乎全部取决于没有研究测过的假定" if self.zh else "luck aside, practically all of the answer rests on assumptions that no study has measured"
        if self.zh:
            return f"除去偶然，答案的 {low} 至 {high} 取决于没有研究测过的假定" if low != high else f"除去偶然，答案的 {low} 取决于没有研究测过的假定"
        return f"luck aside, {low}{'' if low == high else f' to {high}'} of the answer rests on assumptions that no study has measured"

    def _spread(self, outcome: str, arm: str) -> str:
        row = self.split(outcome, arm)
        if row is None:
            return ""
        zh = self.zh
        listed = ("、" if zh else ", ").join(f"{self.part(p)} {percent(float(row[p]))}" for p in PARTS if float(row[p]) >= 0.005)
        pair = self.policies([str(row["policy"]), str(row["against"])])
        said = f"{pair}之差因未来与抽样而变，起伏出自：{listed}。" if zh else f"What makes the difference of {pair} vary over futures and draws: {listed}."
        rests = self._rests(outcome, arm)
        if not bool(row["dummy_ok"]):
            said += "对照用的随机列没有归零，此分解不可靠。" if zh else " The column of random numbers did not come out at nothing: do not rely on this split."
        elif rests:
            said += f"{rests}。" if zh else f" {self.capital(rests)}."
        elif float(row["luck"]) > MOST_LUCK:
            said += "几乎全是偶然，谈不上取决于哪个假定。" if zh else " Nearly all of it is luck: there is little that an assumption could decide."
        else:
            said += "大部分未能分解，不足以说取决于哪些假定。" if zh else " Most of it is not resolved: what it rests on cannot be said."
        return said

    def first_to_measure(self, outcome: str, arm: str) -> list[tuple[Assumption, float]]:
        """Return the assumptions that no study has measured and that explain most of the difference, at most three, largest first."""
        row = self.split(outcome, arm)
        if row is None:
            return []
        found = self.rows("scores", outcome=outcome, arm=arm, policy=row["policy"], against=row["against"])
        found = found[(found["status"] != "evidence") & (found["share"] >= LEAST_SHARE)].sort_values("share", ascending=False, kind="stable")
        return [(self.futures.by_column[r["column"]], float(r["share"])) for _, r in found.head(3).iterrows()]

    def _measure(self, outcome: str, arm: str) -> str:
        listed = self.first_to_measure(outcome, arm)
        zh = self.zh
        row = self.split(outcome, arm)
        if not listed:
            return "" if row is None or float(row["luck"]) > MOST_LUCK else (
                "没有哪一个未测过的参数单独解释 2% 以上的起伏。" if zh else "No parameter that is not yet measured explains 2 % of the spread by itself.")  # fmt: skip
        names = ("、" if zh else "; ").join(f"{f'“{one.zh}”' if zh else one.en}{'（' if zh else ' ('}{percent(share)}{'）' if zh else ')'}" for one, share in listed)
        return f"最该先测的是：{names}（括号内为单独解释的份额）。" if zh else f"What to measure first: {names} (share explained by itself)."

    # -- everything -----------------------------------------------------------------------------------

    def about(self) -> str:
        """Return what was run, and what is missing."""
        f, zh = self.futures, self.zh
        missing = max((f.incomplete(arm) for arm in f.arms), default=0)
        modes = self.policies(f.modes)
        if zh:
            said = f"比较 {modes}与现行法规：{f.n:,} 种未来，每种 {f.draws} 次成对抽样，{len(f.assumptions)} 个假定在各自范围内变动。"
            said += f"{missing:,} 种未来缺少推演结果，未计入。" if missing else ""
        else:
            said = f"{self.capital(modes)} and the law in force are compared in {f.n:,} futures with {f.draws} paired {'draws' if f.draws > 1 else 'draw'} each; {len(f.assumptions)} assumptions vary over their ranges."
            said += f" {missing:,} futures lack a result and do not count." if missing else ""
        return said

    def text(self, outcomes: Sequence[str]) -> str:
        """Return the whole text as Markdown."""
        title = "# 什么情况下哪种模式胜出" if self.zh else "# What must hold for a mode to win"
        parts = [title, f"{self.about()}{'' if self.zh else ' '}**{CLOSING[self.lang]}**"]
        for name in outcomes:
            parts += [f"## {self.capital(self.name(name))}", self.paragraph(name)]
        return "\n\n".join(parts) + "\n"
