"""What a sensitivity study found, in sentences that are computed: Chinese and English, never more than the intervals carry."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from edusim.language import text as worded
from edusim.report.language import has, text
from edusim.report.map_figures import Scale, outcome_name, scale_of
from edusim.report.page import limits_text
from edusim.report.sensitivity_rows import (
    DUMMY,
    NOT_SET,
    SEED,
    SET,
    Named,
    named,
    newest,
    pair_columns,
    percent,
    range_text,
)
from edusim.report.style import Words, number
from edusim.study.sensitivity.reading import NOTHING, Reading, Span, Swing, outcomes_of, policies_of, read

if TYPE_CHECKING:
    import pandas as pd

#: Most names in one list before it says how many more there are.
MOST_NAMES = 4
#: A polynomial chaos that predicts less than this is no witness.
WITNESS = 0.8


def sentence(lang: str, key: str, /, **values: Any) -> str:
    """Return a sentence of a sensitivity study in ``zh`` or ``en`` with its placeholders filled."""
    return text(f"sensitivity.{key}", lang, **values)


class Teller:
    """Tells of the frames of a sensitivity study in one language.

    Parameters
    ----------
    frames
        See :mod:`edusim.study.sensitivity.pictures`.
    info
        See :mod:`edusim.report.sensitivity_rows`; ``target`` is the width of interval that growth aimed at.
    lang
        ``zh`` or ``en``.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], info: Mapping[str, Any], lang: str) -> None:
        self.frames, self.info, self.lang = frames, info, lang
        self.words = Words(lang, info)
        self.reading: Callable[[str, str], Reading] = cache(lambda outcome, policy: read(frames, outcome, policy, info))
        self.named: Callable[[str], Named] = cache(lambda name: named(name, info))

    # -- words ----------------------------------------------------------------------------------------

    def say(self, key: str, /, **values: Any) -> str:
        """Return a sentence in the reader's language."""
        return sentence(self.lang, key, **values)

    @cached_property
    def outcomes(self) -> list[str]:
        """Outcomes that were analysed."""
        return outcomes_of(self.frames)

    def policies(self, outcome: str) -> list[str]:
        """Return the policies that an outcome was analysed under."""
        return policies_of(self.frames, outcome)

    def readings(self, outcome: str) -> list[Reading]:
        """Return what is known of an outcome, policy by policy."""
        return [self.reading(outcome, policy) for policy in self.policies(outcome)]

    @property
    def is_effect(self) -> bool:
        """Whether outcomes are differences from a baseline."""
        return str(self.info.get("baseline", "status_quo")) not in ("", "none")

    def want(self, outcome: str) -> str:
        """Return the direction that is wanted: ``min``, ``max`` or nothing."""
        return str(((self.info.get("outcomes") or {}).get(outcome) or {}).get("want", ""))

    def policy(self, key: str) -> str:
        """Return the name of a policy inside a sentence."""
        name = self.say("the_law") if key == "status_quo" else self.words.policy(key)
        return name if self.lang == "zh" else name[:1].lower() + name[1:]

    def name(self, outcome: str) -> str:
        """Return what an outcome is called at the head of a sentence."""
        name = outcome_name(self.words, outcome)
        return name[:1].upper() + name[1:]

    def called(self, name: str) -> str:
        """Return what an input is called inside a sentence."""
        found = self.words.inside(self.named(name).called(self.lang))
        return f'"{found}"' if self.lang == "en" and (", " in found or " and " in found) else self.say("quote", name=found)

    def several(self, names: Sequence[str], most: int = MOST_NAMES) -> str:
        """Return names of inputs as a list: a, b and c; more than ``most`` say how many more there are."""
        shown = [self.called(name) for name in names]
        if len(shown) > most:
            return self.say("and_more", names=self.say("comma").join(shown[: most - 1]), n=len(shown), rest=len(shown) - most + 1)
        return self.listed(shown)

    def listed(self, parts: Sequence[str]) -> str:
        """Return parts of a sentence as a list: a, b and c."""
        return self.say("comma").join(parts[:-1]) + self.say("and") + parts[-1] if len(parts) > 1 else "".join(parts)

    @staticmethod
    def capital(content: str) -> str:
        """Return a text with a capital first."""
        return content[:1].upper() + content[1:]

    def join(self, parts: Sequence[str]) -> str:
        """Return sentences as one text, each with its stop."""
        stop = self.say("stop")
        whole = [self.capital(part) + ("" if part.endswith(stop) else stop) for part in parts if part]
        return re.sub("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", self.say("gap").join(whole))

    def share(self, one: Span, *, bare: bool = False) -> str:
        """Return a share with its interval as estimated; ``bare`` without."""
        if bare or not one.known:
            return percent(one.value)
        digits = 1 if max(abs(one.value), abs(one.high)) < 0.1 and one.width < 0.02 else 0
        value, low, high = (percent(v, digits=digits) for v in (one.value, one.low, one.high))
        return self.say("with_span", value=value, low=low, high=high)

    def bounds(self, one: Span) -> str:
        """Return what several inputs decide together: the estimate with its ends; the ends alone where it lies outside them by sampling error."""
        is_inside = not one.known or one.low <= one.value <= one.high
        return self.share(one) if is_inside else self.say("from_to", low=percent(one.low), high=percent(one.high))

    def ends(self, one: Span) -> str:
        """Return the two ends of a share, short."""
        low, high = percent(one.low), percent(one.high)
        return percent(one.value) if not one.known else low if low == high else f"{low.removesuffix('%')}–{high}"

    def scale(self, outcome: str, values: Sequence[float]) -> Scale:
        """Return how changes of an outcome are written."""
        unit = str(((self.info.get("outcomes") or {}).get(outcome) or {}).get("unit", ""))
        return scale_of(self.words, "" if unit == "count" else unit, values, change=True)

    def change(self, outcome: str, one: Span, *, bare: bool = False) -> str:
        """Return a change of an outcome with its interval."""
        scale = self.scale(outcome, [v for v in (one.value, one.low, one.high) if math.isfinite(v)])
        if bare or not one.known:
            return scale.said(one.value, signed=True)
        digits = scale.digits_of(one.low, one.high)
        low, high = (scale(v, signed=True, digits=digits) for v in (one.low, one.high))
        return self.say("with_span", value=scale.said(one.value, signed=True, digits=digits), low=low, high=high)

    def footer(self, outcome: str) -> str:
        """Return the foot of a figure: where the data come from, how many runs, what it is not."""
        status, schools = str(self.info.get("data_status", "synthetic")), self.info.get("n_schools")
        runs = max((one.runs for one in self.readings(outcome)), default=0) or int(self.info.get("runs") or 0)
        told = self.say("footer_runs", n=f"{runs:,}") if runs else ""
        if not status:  # a function of somebody's own: no county, and nobody's limits but its own
            return self.capital(self.say("footer_plain", runs=told))
        return self.say(
            "footer", data=self.words(f"data.{status}") if has(f"data.{status}") else status,
            size=self.say("footer_size", n=schools) if schools else "", runs=told,
            limits=limits_text(self.words),
        )  # fmt: skip

    # -- headlines ------------------------------------------------------------------------------------

    def verdict(self, one: Reading) -> str:
        """Return in a few words what decides an outcome under a policy."""
        if one.is_dead:
            return self.say("decide.dead")
        if one.is_drowned:
            return self.say("decide.drowned")
        if not one.main:
            return self.say("decide.nothing_known")
        if one.dummy_off:
            return self.say("decide.off")
        stem = "decide" if one.is_share else "lead"
        told = self.say(f"{stem}.one" if len(one.leaders) == 1 else f"{stem}.several", inputs=self.several(one.leaders, 3))
        if one.is_mostly_luck:
            return self.say("decide.luck", luck=percent(one.luck.value)) + (self.say("decide.luck_rest", rest=told) if one.leaders else "")
        return told if one.leaders else self.say("decide.none")

    def by_policy(self, told: Mapping[str, str], between: str = "semicolon") -> str:
        """Return what is told of policies, those of which the same is told together."""
        same: dict[str, list[str]] = {}
        for policy, said in told.items():
            same.setdefault(said, []).append(policy)
        if len(same) == 1:
            return next(iter(same))
        return self.say(between).join(
            said + self.say("of_policy", policies=self.listed([self.policy(p) for p in policies])) for said, policies in same.items()
        )

    def headline(self, outcome: str) -> str:
        """Return the one sentence above a figure: what decides the outcome most."""
        readings = self.readings(outcome)
        verdicts = {one.policy: self.verdict(one) for one in readings}
        rest = self.by_policy(verdicts)
        if len(set(verdicts.values())) > 1 and all(self.is_firm(one) and one.is_share and one.leaders and not one.is_mostly_luck for one in readings):
            short = {p.policy: self.say("short.one" if len(p.leaders) == 1 else "short.several", inputs=self.several(p.leaders, 3)) for p in readings}
            rest = self.say("decide.by", listed=self.by_policy(short))
        left = [one.policy for one in readings if one.settled is False and self.is_firm(one)]
        if left and len(left) == len([one for one in readings if self.is_firm(one)]):
            rest += self.say("unsettled_tail")
        elif left:
            rest += self.say("unsettled_some", policies=self.listed([self.policy(p) for p in left]))
        return self.say("head", name=self.name(outcome), rest=rest)

    @staticmethod
    def is_firm(one: Reading) -> bool:
        """Whether anything may be concluded: the outcome varies, beyond noise, and the dummy came out at nothing."""
        return bool(one.main) and not (one.is_dead or one.dummy_off or one.is_drowned)

    def sides(self, one: Reading, *, why: bool = False) -> str:
        """Return levers against behaviour and luck; nothing where the study has but one of the two, or no conclusion is to be drawn."""
        kinds = {self.named(name).kind for name in one.total}
        if not self.is_firm(one) or "lever" not in kinds or not kinds & {"measured", "assumed"} or not math.isfinite(one.levers.value):
            return ""
        key = "all" if SEED in one.first else "after" if math.isfinite(one.luck.value) else "alone"
        return self.say(
            f"sides.{key}", levers=self.bounds(one.levers), behaviours=self.bounds(one.behaviours), luck=self.share(one.luck),
        ) + (self.say("sides.why") if why else "")  # fmt: skip

    def second_line(self, outcome: str) -> str:
        """Return the sentence under a figure's title: levers, behaviour and luck; luck alone where that is all that is known."""
        told: dict[str, str] = {}
        for one in self.readings(outcome):
            alone = self.say("luck", luck=self.share(one.luck)) if math.isfinite(one.luck.value) and not one.is_dead else ""
            told[one.policy] = self.sides(one) or alone
        said = {policy: content for policy, content in told.items() if content}
        if len(said) > 1 and all(self.sides(self.reading(outcome, policy)) for policy in said):
            return self._sides_of_all([self.reading(outcome, policy) for policy in said])
        if len(said) > 1:
            return self.say("semicolon").join(self.say("under", policy=self.capital(self.policy(p))) + text for p, text in said.items())
        return self.capital(next(iter(said.values()), ""))

    def _sides_of_all(self, readings: Sequence[Reading]) -> str:
        """Return levers, behaviour and luck under several policies in one sentence."""
        of_all = all(SEED in one.first for one in readings)
        listed = []
        for one in readings:
            shares = [self.ends(one.levers), self.ends(one.behaviours), *([self.ends(one.luck)] if of_all else [])]
            listed.append(self.say("sides.one", policy=self.policy(one.policy), shares=self.say("comma").join(shares)))
        return self.capital(self.say(
            "sides.several", luck_aside=self.say("sides.of_all" if of_all else "sides.luck_aside"),
            and_luck=self.say("sides.and_luck") if of_all else "", listed=self.say("semicolon").join(listed),
        ))  # fmt: skip

    # -- paragraphs -----------------------------------------------------------------------------------

    def paragraph(self, outcome: str) -> str:
        """Return all that is said of one outcome, one paragraph a policy, Markdown."""
        readings = self.readings(outcome)
        if len(readings) == 1:
            return self.join([self.headline(outcome), *self._of(readings[0])])
        parts = [self.join([self.headline(outcome)])]
        for one in readings:
            said = self._of(one)
            if said:
                parts.append(f"**{self.words.policy(one.policy)}**{worded('common.colon', self.lang)}{self.join(said)}")
        return "\n\n".join(parts)

    def _of(self, one: Reading) -> list[str]:
        """Return the sentences of one outcome under one policy after its headline."""
        return [sentence for _, sentences in self.points(one) for sentence in sentences]

    def points(self, one: Reading) -> list[tuple[str, list[str]]]:
        """Return what is said of one outcome under one policy, by what it is about: (heading, sentences)."""
        if one.is_dead or not one.main:
            return []
        if not self.is_firm(one):
            off = [self.say("dummy", dummy=self.share(one.dummy))] if one.dummy_off else []
            return [(self.say("point.sure"), [*off, *self._sure(one)])]
        found = {
            "decides": [*self._screening(one), self._matters(one)], "not": self._does_not(one), "sides": self._luck(one), "pairs": self._interaction(one),
            "way": self._direction(one), "sure": [*self._sure(one), *self._chaos(one)],
        }  # fmt: skip
        told = [(self.say(f"point.{key}"), [part for part in parts if part]) for key, parts in found.items()]
        return [(head, parts) for head, parts in told if parts]

    def screened(self, outcome: str, policy: str) -> str:
        """Return how many inputs a screening by Morris told from the dummy; nothing where there was none."""
        rows = newest(pair_columns(self.frames["indices"], policy=policy, outcome=outcome, method="morris", index="mu_star")).set_index("input")
        if rows.empty or rows["value"].isna().all():
            return ""
        floor = float(rows["high"].get(DUMMY, math.nan))
        ours = rows[~rows.index.isin((DUMMY, SEED))]
        kept = int((ours["low"] > (floor if math.isfinite(floor) else 0.0)).sum())
        return self.say("take.screening", n=len(ours), kept=kept, rest=len(ours) - kept)

    def _screening(self, one: Reading) -> list[str]:
        told = self.screened(one.outcome, one.policy) if one.method != "morris" else ""
        return [self.say("screening", told=told)] if told else []

    def tiers(self, one: Reading) -> list[list[str]]:
        """Return the inputs that matter in tiers: every member of a tier is surely above every member of the next."""
        rest = list(one.matters)
        tiers: list[list[str]] = []
        while rest:
            size = next((k for k in range(1, len(rest)) if all(one.total[a].above(one.total[b]) for a in rest[:k] for b in rest[k:])), len(rest))
            tiers.append(rest[:size])
            rest = rest[size:]
        return tiers

    def _matters(self, one: Reading) -> str:
        if one.matters:
            told, left = "", MOST_NAMES + 2
            for k, tier in enumerate(self.tiers(one)):
                shown = [self.say("one_share", name=self.called(n), share=self.share(one.total[n]) if one.is_share else "").strip() for n in tier[:left]]
                names = self.listed(shown) if len(shown) == len(tier) else self.say(
                    "and_more", names=self.say("comma").join(shown), n=len(tier), rest=len(tier) - len(shown))  # fmt: skip
                names = self.say("tier.level", names=names, n=len(tier)) if len(tier) > 1 else names
                told += names if k == 0 else self.say("tier.then", names=names)
                left -= len(shown)
                if left <= 0:
                    break
            is_after = SEED not in one.first and math.isfinite(one.luck.value)
            key = ("matters.after" if is_after else "matters.ST") if one.is_share else "matters.other"
            return self.say(key, first=told) if one.is_share else self.say(key, first=told, index=self.say(f"index.{one.main}"))
        return ""

    def _does_not(self, one: Reading) -> list[str]:
        parts: list[str] = []
        most = percent(NOTHING)
        if one.small:
            parts.append(self.say("small", names=self.several(one.small), most=most))
        if one.nothing:
            parts.append(self.say("nothing", n=len(one.nothing), most=most, names=self.several(one.nothing, 6)))
        if one.open:
            parts.append(self.say("open" if one.is_share else "screened", n=len(one.open), most=most, names=self.several(one.open, 6)))
        return parts

    def _luck(self, one: Reading) -> list[str]:
        said = self.sides(one, why=True)
        parts = [said] if said else [self.say("luck", luck=self.share(one.luck))] if math.isfinite(one.luck.value) else []
        if parts and math.isfinite(one.interplay.value) and one.interplay.value >= 0.005:
            parts[0] += self.say("luck.interplay", interplay=self.share(one.interplay))
        if said:
            above = "levers_more" if one.levers.above(one.behaviours) else "behaviours_more" if one.behaviours.above(one.levers) else "neither"
            parts.append(self.say(f"sides.{above}"))
        return parts

    def _interaction(self, one: Reading) -> list[str]:
        if one.pairs:
            told = [self.say("pair", one=self.called(a), other=self.called(b), share=self.share(s)) for a, b, s in one.pairs[:MOST_NAMES]]
            return [self.say("pairs", listed=self.say("comma").join(told))]
        rows = newest(pair_columns(self.frames["indices"], policy=one.policy, outcome=one.outcome, method=one.method))
        asked = bool((rows["index"] == "S2").any())
        return [self.say("pairs.none") if asked else "", self.say("through", names=self.several(one.through)) if one.through else ""]

    def _direction(self, one: Reading) -> list[str]:
        known = [name for name in one.matters if name in one.swings and one.swings[name].change.known]
        sure = [name for name in known if one.swings[name].direction][:MOST_NAMES]
        bent = [name for name in known if not one.swings[name].direction]
        told = [self.swing(one, name) for name in sure]
        return [
            self.say("swings", listed=self.say("semicolon").join(told)) if told else "",
            self.say("swing.unsure", names=self.several(bent)) if bent else "",
        ]

    def swing(self, one: Reading, name: str, *, bare: bool = False) -> str:
        """Return what an outcome does over the range of an input."""
        swing: Swing = one.swings[name]
        low, high = range_text(self.words, self.named(name), swing.at_low, swing.at_high)
        return self.say("swing", name=self.called(name), low=low, high=high, change=self.change(one.outcome, swing.change, bare=bare))

    def _sure(self, one: Reading) -> list[str]:
        parts = []
        target = self.info.get("target")
        if one.settled is not None:
            key = ("settled" if one.settled else "unsettled") + (".target" if target else "")
            said = self.say(key, runs=f"{one.runs:,}", widest=number(one.widest, 3), **({"target": number(float(target), 3)} if target else {}))
            missing = [self.say(f"missing.{m}") for m in one.missing if has(f"sensitivity.missing.{m}")] if not one.settled else []
            parts.append(said + (self.say("missing", names=self.say("comma").join(missing)) if missing else ""))
        parts += [self.say(f"note.{code}") for code in one.notes if has(f"sensitivity.note.{code}")]
        if one.is_share and not one.dummy.known:
            parts.append(self.say("dummy.none"))
        outside = sum(1 for spans in (one.total, one.first) for name, s in spans.items() if name != DUMMY and not (0 <= s.value <= 1) and s.known)
        if outside:
            parts.append(self.say("outside", n=outside))
        if one.dropped:
            parts.append(self.say("dropped", share=percent(one.dropped)))
        return parts

    def chaos(self, one: Reading) -> tuple[float, list[str], list[str]]:
        """Return Q2 of the polynomial chaos, and the inputs whose total effect by it lies in, and outside, the Sobol interval."""
        rows = newest(pair_columns(self.frames["indices"], policy=one.policy, outcome=one.outcome, method="chaos", index="ST"))
        agree: list[str] = []
        differ: list[str] = []
        for name, value in zip(rows["input"].astype(str), rows["value"], strict=True) if one.method != "chaos" else ():
            span = one.total.get(name)
            if span is not None and span.known and math.isfinite(value):
                (agree if span.low <= value <= span.high else differ).append(name)
        return one.q2, agree, differ

    def _chaos(self, one: Reading) -> list[str]:
        q2, agree, differ = self.chaos(one)
        shown = number(q2, 2)
        if not math.isfinite(q2):
            return []
        if one.method == "chaos":
            return [self.say("chaos.only", q2=shown)]
        if q2 < WITNESS:
            return [self.say("chaos.weak", q2=shown)]
        if differ:
            return [self.say("chaos.differ", q2=shown, names=self.several(differ))]
        return [self.say("chaos.agree", q2=shown, n=len(agree))] if agree else []

    # -- what an official should take from it ----------------------------------------------------------

    def takeaways(self, outcome: str) -> list[str]:
        """Return what an official should take from an outcome, a sentence each; where policies differ, it says of which."""
        return [sentence for _, sentence in self.takes(outcome)]

    def takes(self, outcome: str) -> list[tuple[str, str]]:
        """Return the sentences of :meth:`takeaways`, each with what it is about: ``dead, lever, measure, narrow, leave, luck, more``."""
        readings = self.readings(outcome)
        firm = [one for one in readings if self.is_firm(one)]
        if readings and all(one.is_dead for one in readings):
            return [("dead", self.say("take.dead"))]
        parts: list[tuple[str, str]] = []
        if not any(self.named(name).kind in (*SET, *NOT_SET) for one in readings for name in one.total):
            return []  # somebody's own function
        if firm:
            parts += [("lever", part) for part in self._levers(outcome, firm)]
            for key, kind in (("measure", "assumed"), ("narrow", "measured")):
                found = {one.policy: tuple(n for n in one.matters if self.named(n).kind == kind) for one in firm}
                if any(found.values()):
                    parts.append((key, self.say(f"take.{key}", names=self._over(found, firm))))
            idle = set.intersection(*({n for n in one.nothing if self.named(n).kind == "lever"} for one in firm))
            if idle:
                parts.append(("leave", self.say("take.leave", names=self.several([n for n in firm[0].nothing if n in idle], 6))))
            luck = {one.policy: self.share(one.luck) for one in firm if one.luck.known and one.luck.low > 0.1}
            if luck:
                parts.append(("luck", self.say("take.luck", luck=self.by_policy(luck))))
        if any(one.settled is False for one in readings):
            parts.append(("more", self.say("take.more")))
        return [(key, self.capital(part)) for key, part in parts]

    def _over(self, found: Mapping[str, Sequence[str]], firm: Sequence[Reading]) -> str:
        """Return inputs with the policies that each is told of, where not of all."""
        names = list(dict.fromkeys(name for names in found.values() for name in names))
        told = []
        for name in names[:6]:
            of = [policy for policy, mine in found.items() if name in mine]
            tail = "" if len(of) == len(firm) else self.say("of_policy", policies=self.listed([self.policy(p) for p in of]))
            told.append(self.called(name) + tail)
        if len(names) > 6:
            return self.say("and_more", names=self.say("comma").join(told), n=len(names), rest=len(names) - 6)
        return self.listed(told)

    def _levers(self, outcome: str, firm: Sequence[Reading]) -> list[str]:
        levers = list(dict.fromkeys(n for one in firm for n in one.matters if self.named(n).kind == "lever"))
        if not levers:
            return [self.say("take.no_lever")] if any(self.named(n).kind in SET for one in firm for n in one.total) else []
        told = []
        sign = {"max": 1, "min": -1}.get(self.want(outcome), 0)
        for lever in levers[:MOST_NAMES]:
            ways: dict[str, str] = {}
            changes: dict[str, str] = {}
            for one in (o for o in firm if lever in o.matters):
                swing = one.swings.get(lever)
                if swing is not None and swing.direction:
                    changes[one.policy] = self.change(one.outcome, swing.change)
                    ways[one.policy] = self.say("take.wanted" if swing.direction == sign else "take.unwanted") if sign else ""
            if not changes:
                told.append(self.say("take.lever.unsure", name=self.called(lever)))
                continue
            if len(set(ways.values())) > 1:
                changes = {policy: change + ways[policy] for policy, change in changes.items()}
            swing = next(one for one in firm if one.policy in changes).swings[lever]
            low, high = range_text(self.words, self.named(lever), swing.at_low, swing.at_high)
            whole = self.say("swing", name=self.called(lever), low=low, high=high, change=self.by_policy(changes, "comma"))
            told.append(whole + (next(iter(ways.values())) if len(set(ways.values())) == 1 else ""))
        parts = [self.say("take.lever", listed=self.say("semicolon").join(told))]
        pairs = {
            one.policy: [self.listed([self.called(a), self.called(b)]) for a, b, _ in one.pairs if {self.named(a).kind, self.named(b).kind} == {"lever"}]
            for one in firm
        }
        if any(pairs.values()):
            parts.append(self.say("take.package", listed=self.by_policy({p: self.listed(found) for p, found in pairs.items() if found})))
        return parts


def paragraph(frames: Mapping[str, pd.DataFrame], info: Mapping[str, Any], outcome: str, lang: str = "zh") -> str:
    """Return all that is said of one outcome, Markdown: a headline, then one paragraph a policy.

    Parameters
    ----------
    frames, info
        See :mod:`edusim.study.sensitivity.pictures`.
    outcome
        Name of the outcome.
    lang
        ``zh`` or ``en``.
    """
    return Teller(frames, info, lang).paragraph(outcome)
