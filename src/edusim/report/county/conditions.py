"""The report's chapter on what must hold: conditions read off the run, what was held fixed, what other studies found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edusim.parameters import shipped
from edusim.report.county.attached import Attached, Study, of_kind
from edusim.report.county.facts import NOTHING, Facts
from edusim.report.county.telling import DUST, PERCENT, PLAIN, POINTS, SD, Scale, Teller, within
from edusim.report.document.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Table, Tone, Value
from edusim.report.summaries import Interval, mean_interval, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: So much of a promise counts as kept.
KEPT, PAID = 0.95, 0.99
SHARE = (0.0, 1.0)
#: Behaviour that no study has measured and on which much hangs; all draws of a run take the same value.
HELD = (
    "leadership.diffusion", "climate.merger_shock", "families.flight", "rotation.go_intercept", "development.joint_learning", "finance.replacement_share",
)  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A condition: its key in the catalogue, what a policy showed, the limit, and which side of it is good.

    ``ends`` are what is possible. ``of_mean`` judges on the interval of the mean (differences from the baseline); otherwise on the range of one draw
    (would this county keep it?).
    """

    key: str
    shown: Callable[[Teller, str], NDArray[np.float64]]
    limit: float
    at_least: bool
    scale: Scale
    of_mean: bool = False
    ends: tuple[float, float] = (-math.inf, math.inf)

    def interval(self, tell: Teller, policy: str) -> Interval:
        """Return what a policy showed."""
        values = self.shown(tell, policy)
        if not np.isfinite(values).any():
            return NOTHING
        return mean_interval(values) if self.of_mean else within(spread(values), self.ends)

    def verdict(self, interval: Interval) -> Tone:
        """Return whether the condition was kept: only where the whole interval lies on one side."""
        if not interval.known:
            return "open"
        low, high = (interval.low, interval.high) if self.at_least else (-interval.high, -interval.low)
        limit = self.limit if self.at_least else -self.limit
        return "meets" if low >= limit - DUST else "fails" if high < limit - DUST else "open"


def _paid(tell: Teller, policy: str) -> NDArray[np.float64]:
    """Share of what was asked for that was paid, in the worst year."""
    facts = tell.facts
    spent, short = (facts.series(f"money.{name}", policy)[:, 1:] for name in ("total", "unfunded"))
    asked = np.nan_to_num(spent) + np.nan_to_num(short)
    share = np.divide(np.nan_to_num(spent), asked, out=np.full(asked.shape, np.nan), where=asked > 0.5)
    return _least(share)


def _least(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    return np.where(known.any(axis=1), np.where(known, values, np.inf).min(axis=1, initial=np.inf), np.nan)


def _share(above: str, below: str) -> Callable[[Teller, str], NDArray[np.float64]]:
    def shown(tell: Teller, policy: str) -> NDArray[np.float64]:
        a, b = (tell.draws(name, policy, "total") for name in (above, below))
        return np.asarray(np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0), dtype=np.float64)

    return shown


def _against(measure: str) -> Callable[[Teller, str], NDArray[np.float64]]:
    def shown(tell: Teller, policy: str) -> NDArray[np.float64]:
        facts = tell.facts
        if not facts.is_paired or policy == facts.baseline:
            return np.full(facts.draws, np.nan)
        return tell.draws(measure, policy) - tell.draws(measure, facts.baseline)

    return shown


def _covered(tell: Teller, policy: str) -> NDArray[np.float64]:
    """Coverage in the last year over what the policy's clauses ask for by then."""
    facts = tell.facts
    asked = _asked_coverage(tell, policy)
    return tell.draws("groups.coverage", policy) / asked if asked > 0 else np.full(facts.draws, np.nan)


def _asked_coverage(tell: Teller, policy: str) -> float:
    """Share of pairings that should have become groups by the last year, by the mix of modes; 0 where nothing is known."""
    asked = tell.values(policy, "groups.coverage_share")
    whole = tell.facts.manifest.get("configuration", {}).get("policies", {}).get(policy, {})
    if not asked or len(whole.get("modes", ())) < 2:
        return 0.0
    mix = whole.get("mix", [])
    if mix and isinstance(mix[0], Sequence):
        mix = next((shares for year, shares in reversed(mix) if year <= tell.facts.last_year), mix[0][1])
    weights = mix if len(mix) == len(asked) else [1.0 / len(asked)] * len(asked)
    return math.fsum(w * a for w, a in zip(weights, asked, strict=True))


def _over(tell: Teller, policy: str) -> NDArray[np.float64]:
    """Classes above the cap, both stages, in the last year."""
    parts = [tell.draws("official.classes_over_cap", policy, stage=stage) for stage in ("primary", "junior")]
    known = [part for part in parts if np.isfinite(part).any()]
    return np.asarray(np.sum(known, axis=0), dtype=np.float64) if known else np.full(tell.facts.draws, np.nan)


CONDITIONS: tuple[Condition, ...] = (
    Condition("money", _paid, PAID, True, PERCENT, ends=SHARE),
    Condition("rotation", _share("staffing.rotation_delivered", "staffing.rotation_promised"), KEPT, True, PERCENT, ends=SHARE),
    Condition("leaders", _share("staffing.leader_hours_given", "staffing.leader_hours_planned"), KEPT, True, PERCENT, ends=SHARE),
    Condition("posts", _against("staffing.vacancy_share"), 0.0, False, POINTS, of_mean=True),
    Condition("coverage", _covered, KEPT, True, PERCENT, ends=(0.0, math.inf)),
    Condition("cores", _against("learning.core_mean"), 0.0, True, SD, of_mean=True),
    Condition("classes", _over, 0.0, False, PLAIN, ends=(0.0, math.inf)),
)


def chapter(facts: Facts, attached: Sequence[Attached] = ()) -> list[Block]:
    """Return the chapter, heading first.

    Parameters
    ----------
    facts
        What the run's frames say.
    attached
        What studies of kind discover and sensitivity found.
    """
    tell = Teller(facts)
    blocks: list[Block] = [Heading(tell.say("conditions.title")), Paragraph(_told(tell, "lead"), "lead")]
    if caution := tell.caution():
        blocks.append(Paragraph(caution, "note"))
    return [*blocks, *_read_off(tell), *_fixed(tell), *_studies(tell, tuple(attached))]


def _told(tell: Teller, key: str, **values: object) -> str:
    """Return a text of the chapter, of one draw the one that speaks of no ranges."""
    return tell.say(f"conditions.{key}" + ("" if tell.facts.can_tell else "_one"), **values)


def judged(tell: Teller, policy: str) -> Mapping[str, tuple[Interval, Tone]]:
    """Return what a policy showed of every condition that can be asked of it, and the verdict."""
    found = {}
    for condition in CONDITIONS:
        interval = condition.interval(tell, policy)
        if math.isfinite(interval.mean):
            found[condition.key] = (interval, condition.verdict(interval))
    return found


def _read_off(tell: Teller) -> list[Block]:
    facts = tell.facts
    policies = facts.others or facts.policies
    found = {key: judged(tell, key) for key in policies}
    held = [condition for condition in CONDITIONS if any(condition.key in one for one in found.values())]
    if not held:
        return []

    def shown(condition: Condition, key: str) -> Value:
        if condition.key not in found[key]:
            return Cell(tell.say("conditions.not_asked"), "quiet")
        interval, tone = found[key][condition.key]
        signed = condition.of_mean
        return Cell(tell.say(f"conditions.{tone}", value=tell.shown(interval, condition.scale, signed=signed)), tone)

    columns = (Column("condition", tell.say("conditions.condition"), weight=1.8), *(Column(key, tell.name(key), weight=1.1) for key in policies))
    rows = tuple((tell.say(f"conditions.{condition.key}", base=tell.base), *(shown(condition, key) for key in policies)) for condition in held)
    said = []
    for key in policies:
        parts = []
        for tone in ("fails", "open", "meets"):
            names = [tell.say(f"conditions.{name}_short") for name, (_, own) in found[key].items() if own == tone]
            if names:
                parts.append(tell.say(f"conditions.said_{tone}", n=len(names), list=tell.listed(names)))
        said.append(tell.say("conditions.of", policy=tell.name(key), parts=tell.semicolons(parts)))
    return [
        Heading(tell.say("conditions.shown"), 2),
        Bullets(tuple(said)),
        Table("conditions", tell.say("conditions.table", years=tell.span()), columns, rows,
              _told(tell, "note", kept=f"{100 * KEPT:g}", paid=f"{100 * PAID:g}"), wide=tell.is_wide(policies)),
    ]  # fmt: skip


def _fixed(tell: Teller) -> list[Block]:
    """Assumptions that every draw of the run takes at one value."""
    facts = tell.facts
    known = shipped()
    rows: list[tuple[Value, ...]] = []
    for path in HELD:
        taken = {key: value for key in facts.policies if math.isfinite(value := tell.value(key, path))}
        if path not in known or known[path].status != "assumption" or not taken:
            continue
        one = known[path]
        shown = tell.amount(one, next(iter(taken.values())))
        if len(set(taken.values())) > 1:
            shown = tell.semicolons(f"{tell.inside(key)} {tell.amount(one, own)}" for key, own in taken.items())
        ends = tell.say("conditions.range", low=tell.amount(one, one.low), high=tell.amount(one, one.high))
        rows.append((tell.called(one), shown, ends, path))
    if not rows:
        return []
    columns = (
        Column("name", tell.say("conditions.assumption"), weight=2.2), Column("value", tell.say("conditions.value")),
        Column("range", tell.say("conditions.may_be"), weight=1.2), Column("path", tell.say("conditions.path"), weight=1.3),
    )  # fmt: skip
    return [
        Heading(tell.say("conditions.fixed"), 2),
        Paragraph(_told(tell, "fixed_said")),
        Table("conditions_fixed", tell.say("conditions.fixed_table"), columns, tuple(rows), tell.say("conditions.fixed_note")),
    ]


def _studies(tell: Teller, attached: tuple[Attached, ...]) -> list[Block]:
    blocks: list[Block] = [Heading(tell.say("conditions.studies"), 2)]
    kinds: tuple[Study, ...] = ("discover", "sensitivity")
    for kind in kinds:
        found = of_kind(attached, kind)
        if not found:
            blocks.append(Paragraph(tell.say(f"conditions.no_{kind}")))
            continue
        blocks.append(Heading(tell.say(f"conditions.{kind}"), 3))
        for one in found:
            if one.names:
                blocks.append(Paragraph(tell.say("conditions.most", list=tell.listed(one.names))))
            blocks += [Paragraph(text) for text in one.paragraphs]
            blocks += one.pictures
    return blocks



__all__ = ["CONDITIONS", "HELD", "Condition", "chapter", "judged"]
