"""The four boxes of the first page: what to do, what not to do, what nobody knows, which data to collect first.

Every sentence is chosen by what the intervals carry and filled with computed numbers; none is a fixed advice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edusim.report.county.facts import CORE, GAP, WEAK, Facts
from edusim.report.county.indicators import CV_STAGES, indicators_of, is_yes, lost, standing, undecided
from edusim.report.county.sentences import (
    Form,
    against,
    amount,
    clauses,
    few_digits,
    indicator_names,
    inside,
    listed,
    money,
    most_of,
    percent,
    point,
    say,
    sized,
    turned,
    within,
)
from edusim.report.document.blocks import plain
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from edusim.report.county.attached import Attached

#: Most sentences in a box, so that the page stays one page that can be read; what is cut stands in its chapter.
MOST = 3
#: Most names in a list inside a sentence.
NAMES = 3
#: Most letters of another study's sentence that is quoted.
QUOTED = {"zh": 60, "en": 150}
#: Roster columns whose cells are named under another name.
_COLUMN = {"has_boarding": "boarding", "seats_primary": "seats", "seats_junior": "seats", "x_km": "coordinates", "y_km": "coordinates",
           **{f"pupils_g{grade}": "pupils_grades" for grade in range(1, 10)}}  # fmt: skip
#: Roster columns from which the seven official indicators are reckoned.
_JUDGED = (
    "pupils", "teachers_above_degree", "teachers_backbone", "teachers_pe_art_music", "buildings_m2", "sports_m2",
    "equipment_yuan", "rooms",
)  # fmt: skip
#: Tables of a roster: how many rows the manifest counts for each.
_ROWS = {"schools": "n_schools", "teachers": "n_teachers", "neighbourhoods": "n_neighbourhoods", "groups": "n_groups"}


# -- what to do ---------------------------------------------------------------------------------------


def do(facts: Facts) -> list[str]:
    """Return what to do: policies that surely narrow the gap by raising the weaker half, and what parts them."""
    if not facts.is_paired:
        return [say(facts, "opening.do.compare", policy=facts.words.policy(facts.policies[0]))]
    if not facts.can_tell:
        return [say(facts, "opening.do.more_draws")]
    base = inside(facts, facts.baseline)
    narrow, lift = facts.surely(GAP, -1), facts.surely(WEAK, 1)
    both, only = [one for one in narrow if one in lift], [one for one in narrow if one not in lift]
    out: list[str] = []
    favoured: list[str] = []
    if both:
        leaders = facts.leaders(GAP, both, -1)
        first = leaders[0]
        is_settled = facts.twin is None or not other_leaders(facts, facts.twin)
        values = {"policies": within(facts, both), "leader": inside(facts, first), "leaders": within(facts, leaders)}
        kind = "one" if len(both) == 1 else "designs" if not is_settled else "most" if len(leaders) == 1 else "equal"
        kind = "all_equal" if kind == "equal" and len(leaders) == len(both) else kind
        favoured = [first] if kind in ("one", "most") else both if kind == "designs" else leaders
        rivals = _rivals(facts, first) if kind in ("one", "most") else []
        if rivals:
            kind += "_open"
        out.append(say(facts, f"opening.do.lift_{kind}", rivals=within(facts, rivals), **values))
        only = [one for one in only if one not in rivals]
        even = [one for one in rivals if one in narrow and not facts.between(GAP, one, first).clear]
        asked = leaders if kind in ("equal", "all_equal") else [first, *even] if even else []
        out += [_choose(facts, asked)] if asked else _prices(facts, both)
    else:
        out.append(say(facts, "opening.do.none"))
    gone = [one for one in (lost(facts, favoured[0]) if favoured else []) if all(one in lost(facts, policy) for policy in favoured)]
    if gone:
        key = "lost" if len(favoured) == 1 else "lost_any"
        names = _few(facts, indicator_names(facts, gone))
        out.append(say(facts, f"opening.do.{key}", policies=within(facts, favoured), names=names, baseline=base))
    if only:
        out.append(say(facts, "opening.do.not_weak", policies=within(facts, only)))
    return [*out, *_fewer_schools(facts)]


def _rivals(facts: Facts, first: str) -> list[str]:
    """Return the policies that the first does not surely outdo, in the gap or in the weaker half; the other design is asked too.

    All policies are asked, also those whose own effect is not clear: that one effect is clear and the other is not does not part
    the two. The other design counts where it puts another policy first.
    """
    rivals = [one for one in facts.others if one != first and not facts.is_better(first, one)]
    twin = facts.twin
    if twin is not None:
        differ = other_leaders(facts, twin)
        theirs = [] if differ is None else [one for one in differ[1] if one != first and one not in rivals]
        rivals += [one for one in theirs if one in facts.others and not twin.is_better(first, one)]
    return [one for one in facts.others if one in rivals]


def _fewer_schools(facts: Facts) -> list[str]:
    """Return which policy leaves fewest schools below the school rule: named the best only where every other surely leaves more.

    Every policy is asked, also one whose own effect is not clear, and the other design where there is one.
    """
    measure = "official.schools_failing"
    fewer = facts.surely(measure, -1)
    if not fewer:
        return []
    first = facts.leaders(measure, fewer, -1)[0]
    apart = {one: facts.between(measure, one, first) for one in facts.others if one != first}
    same = [one for one, gap in apart.items() if gap.known and not gap.clear]
    is_best = bool(apart) and all(gap.clear and gap.mean > 0 for gap in apart.values())
    twin = facts.twin
    if is_best and twin is not None:
        known = [one for one in apart if one in twin.others]
        is_turned = any(gap.clear and gap.mean < 0 for gap in (twin.between(measure, one, first) for one in known))
    else:
        is_turned = False
    kind = "sure" if is_turned or not is_best else "one"
    value = amount(facts, turned(facts.effect(measure, first)), "schools", 1, form="short" if kind == "one" else "inner")
    names = listed(facts, [inside(facts, one) for one in fewer]) if len(fewer) <= NAMES else within(facts, fewer)
    values = {"leader": inside(facts, first), "value": value, "baseline": inside(facts, facts.baseline)}
    end = ""
    if is_turned:
        end = say(facts, "opening.do.schools_designs")
    elif same:
        end = say(facts, "opening.do.schools_same", leader=inside(facts, first), others=within(facts, same))
    if kind == "one":
        return [say(facts, "opening.do.schools_one", **values)]
    return [say(facts, "opening.do.schools_sure", policies=names, end=end, **values)]


def _prices(facts: Facts, asked: Sequence[str]) -> list[str]:
    """Return where 0.01 SD of narrowing costs least, where it costs anything; the other design where it says another."""
    known = _costly(facts, asked)
    if not known:
        return []
    if free := [one for one in asked if one not in known]:
        return [say(facts, "opening.do.price_free", policies=within(facts, free))]
    cheap = _cheapest(facts, known)
    first = cheap[0]
    theirs = [] if facts.twin is None else _cheapest(facts.twin, _costly(facts.twin, asked))
    if theirs and not set(theirs) & set(cheap):
        own, other = (say(facts, f"opening.design.{name}") for name in design_names(facts))
        values = {"one": within(facts, cheap), "two": within(facts, theirs), "own": own, "other": other}
        return [say(facts, "opening.do.price_designs", **values)]
    cheap = [one for one in known if one in cheap]
    kind = "alone" if len(known) == 1 else "one" if len(cheap) == 1 else "open" if len(cheap) == len(known) else "several"
    form: Form = "short" if kind in ("alone", "one") else "inner"
    return [say(facts, f"opening.do.price_{kind}", policies=within(facts, cheap), policy=inside(facts, first), value=money(facts, known[first], form=form))]


def _costly(facts: Facts, asked: Sequence[str]) -> dict[str, Interval]:
    prices = {policy: facts.per_step(policy) for policy in asked}
    return {policy: price for policy, price in prices.items() if math.isfinite(price.mean) and abs(price.mean) >= 1.0}


def _cheapest(facts: Facts, prices: Mapping[str, Interval]) -> list[str]:
    """Return the policy whose price is lowest, then those whose price cannot be told from it in paired draws."""
    if not prices:
        return []
    first = min(prices, key=lambda policy: prices[policy].mean)
    return [first, *(policy for policy in prices if policy != first and not facts.is_cheaper(first, policy))]


def other_leaders(facts: Facts, twin: Facts) -> tuple[list[str], list[str]] | None:
    """Return who narrows the gap most in either design, where no policy does so in both."""
    ours, theirs = (one.leaders(GAP, one.surely(GAP, -1), -1) for one in (facts, twin))
    return (ours, theirs) if ours and theirs and not set(ours) & set(theirs) else None


def _choose(facts: Facts, leaders: Sequence[str]) -> str:
    """Return what parts policies whose effect on the gap cannot be told apart, each by paired draws.

    The weaker half where it surely does, the price of a step, what core schools lose.
    """
    prices = {policy: facts.per_step(policy) for policy in leaders}
    known = {policy: price for policy, price in prices.items() if math.isfinite(price.mean)}
    parts = []
    lifts = [one for one in leaders if all(_raises_more(facts, one, other) for other in leaders if other != one)]
    if lifts:
        parts.append(say(facts, "opening.do.lifts", policy=inside(facts, lifts[0])))
    if len(known) == len(leaders):
        cheap, *others = _cheapest(facts, known)
        parts.append(
            say(facts, "opening.do.same_price")
            if others
            else say(facts, "opening.do.cheaper", policy=inside(facts, cheap), value=money(facts, known[cheap], form="inner"))
        )
    if facts.holds(CORE):
        mild = max(leaders, key=lambda policy: facts.level(CORE, policy).mean)
        apart = all(facts.between(CORE, mild, policy).clear for policy in leaders if policy != mild)
        parts.append(
            say(facts, "opening.do.milder", policy=inside(facts, mild))
            if apart
            else say(facts, "opening.do.same_core")
        )
    return say(facts, "opening.do.choose", leaders=within(facts, leaders), parts=clauses(facts, parts))


def _raises_more(facts: Facts, policy: str, other: str) -> bool:
    gap = facts.between(WEAK, policy, other)
    return gap.clear and gap.mean > 0


def _few(facts: Facts, names: Sequence[str]) -> str:
    if len(names) <= NAMES:
        return listed(facts, names)
    return say(facts, "opening.and_more", names=say(facts, "opening.comma").join(names[:NAMES]), n=len(names))


# -- what not to do -----------------------------------------------------------------------------------


def dont(facts: Facts) -> list[str]:
    """Return what not to do: what the draws rule out, and what the numbers are not made for.

    Real schools are never ranked: where there are any, that is said whatever else is.
    """
    out: list[str] = []
    if facts.can_tell:
        out += [one for one in (_no_rule(facts), _no_proxy(facts), _no_more(facts)) if one]
    elif facts.is_paired:
        out.append(say(facts, "opening.dont.one_draw"))
    if not facts.is_paired:
        out.append(say(facts, "opening.dont.alone", policy=inside(facts, facts.policies[0])))
    if is_roster(facts):
        return [*out[: MOST - 1], say(facts, "opening.dont.rank_roster")]
    return [*out, say(facts, "opening.dont.rank_synthetic")]


def _no_rule(facts: Facts) -> str:
    if not facts.holds("official.cv_passes"):
        return ""
    chance = {policy: facts.share("official.cv_passes", policy, is_yes) for policy in facts.policies}
    unlikely = [policy for policy, one in chance.items() if one.high < 0.5]
    open_ = [policy for policy, one in chance.items() if one.low <= 0.5 <= one.high]
    if not unlikely and not open_:
        return ""
    year = facts.last_year
    if len(unlikely) == len(chance) and len({one.mean for one in chance.values()}) == 1 and len(chance) > 1:
        return say(facts, "opening.dont.rule_all", year=year, value=percent(facts, chance[unlikely[0]], form="short"))
    parts = [say(facts, "opening.policy_value", policy=inside(facts, policy), value=percent(facts, chance[policy], form="short")) for policy in unlikely]
    if not unlikely:
        parts = [say(facts, "opening.policy_value", policy=inside(facts, policy), value=percent(facts, chance[policy], form="short")) for policy in open_]
        if len({one.mean for one in chance.values()}) == 1 and len(open_) == len(chance) > 1:
            return say(facts, "opening.dont.rule_open_all", year=year, value=percent(facts, chance[open_[0]], form="short"))
        return say(facts, "opening.dont.rule_open", year=year, values=most_of(facts, parts))
    likely = [policy for policy, one in chance.items() if one.low > 0.5]
    end = say(facts, "opening.dont.rule_but", policies=within(facts, likely)) if likely else ""
    return say(facts, "opening.dont.rule_some", year=year, values=most_of(facts, parts)) + end


def _no_proxy(facts: Facts) -> str:
    """Return the warning where the number of CVs that keep their limits and the gap in learning surely go apart."""
    worse: list[str] = []
    better: list[str] = []
    narrow = facts.surely(GAP, -1)
    for policy in facts.others:
        side = standing(facts, policy)
        if policy in narrow and side.learning == "better" and side.indicators == "worse":
            worse.append(policy)
        elif side.learning == "worse" and side.indicators == "better":
            better.append(policy)
    against_ = inside(facts, facts.baseline) if facts.is_paired else against(facts)
    for found, key in ((worse, "proxy"), (better, "flatter")):
        if found:
            return say(facts, f"opening.dont.{key}", policies=within(facts, found), against=against_)
    return ""


def _no_more(facts: Facts) -> str:
    lower = facts.surely(CORE, -1) if facts.is_paired else []
    if not lower:
        return ""
    most = min(lower, key=lambda policy: facts.effect(CORE, policy).mean)
    kind = "most" if len(lower) > 1 and facts.leaders(CORE, facts.others, -1) == [most] else "all"
    names = {"policies": within(facts, lower), "policy": inside(facts, most), "baseline": inside(facts, facts.baseline)}
    return say(facts, f"opening.dont.core_{kind}", **names)


# -- what is unknown ----------------------------------------------------------------------------------


def unknown(facts: Facts, attached: Sequence[Attached]) -> list[str]:
    """Return what is unknown, the first first: what cannot be told, another study, what is assumed, what no study says."""
    out: list[str] = []
    if not facts.is_paired:
        out.append(say(facts, "opening.unknown.alone"))
    elif not facts.can_tell:
        out.append(say(facts, "opening.unknown.one_draw"))
    else:
        found = [*([designs(facts, facts.twin)] if facts.twin is not None else []), *_apart(facts)]
        out += [one for one in found if one][:1]
    for one in attached:
        if one.kind == "discover" and one.paragraphs:
            told = plain(one.paragraphs[0])
            is_short = len(told) <= QUOTED[facts.lang]
            chapter = say(facts, "conditions.title")
            out.append(say(facts, "opening.unknown.study", said=told) if is_short else say(facts, "opening.unknown.study_there", chapter=chapter))
            break
    return [*out, *_assumed(facts), say(facts, "opening.unknown.causes")]


def _apart(facts: Facts) -> list[str]:
    """Return which policies' effects on the gap cannot be told apart."""
    others = facts.others
    pairs = [(a, b) for i, a in enumerate(others) for b in others[i + 1 :] if facts.between(GAP, a, b).known]
    same = [(a, b) for a, b in pairs if not facts.between(GAP, a, b).clear]
    if not same:
        return []
    if len(same) == len(pairs) and len(others) > 1:
        return [say(facts, "opening.unknown.none_apart", policies=within(facts, others))]
    shown = [say(facts, "opening.pair", a=inside(facts, a), b=inside(facts, b)) for a, b in same]
    return [say(facts, "opening.unknown.apart", pairs=_few(facts, shown), n=len(same), all=len(pairs))]


def designs(facts: Facts, twin: Facts) -> str:
    """Return whether as feasible and identical pairs say the same of the gap; nothing where they do."""
    named = {"own": say(facts, f"opening.design.{design_names(facts)[0]}"), "other": say(facts, f"opening.design.{design_names(facts)[1]}")}
    for policy in facts.others:
        if policy not in twin.policies:
            continue
        one, two = facts.effect(GAP, policy), twin.effect(GAP, policy)
        if one.clear and two.clear and one.mean * two.mean < 0:
            values = {key: sized(facts, gap, digits=few_digits(gap), form="short") for key, gap in (("one", one), ("two", two))}
            return say(facts, "opening.unknown.designs_sign", policy=inside(facts, policy), **values, **named)
    differ = other_leaders(facts, twin)
    if differ is not None:
        ours, theirs = differ
        return say(facts, "opening.unknown.designs_order", one=within(facts, ours), two=within(facts, theirs), **named)
    ours, theirs = (one.surely(GAP, -1) for one in (facts, twin))
    if bool(ours) != bool(theirs):
        which, against_ = (named["own"], named["other"]) if ours else (named["other"], named["own"])
        return say(facts, "opening.unknown.designs_only", which=which, policies=within(facts, ours or theirs), against=against_)
    return ""


def design_names(facts: Facts) -> tuple[str, str]:
    """Return the key of the design that is shown and that of its twin."""
    names = [str(one) for one in facts.manifest.get("designs", ())]
    known = [one for one in names if one in ("feasible", "identical")]
    own = str(facts.info.get("design") or (known[0] if known else "feasible"))
    return own, "identical" if own == "feasible" else "feasible"


def status_counts(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Return how many of the parameters that a run used are clause, evidence and assumption."""
    from edusim.parameters import shipped

    configuration = manifest.get("configuration") or {}
    used: set[str] = set((configuration.get("region") or {}).get("values") or {})
    for policy in (configuration.get("policies") or {}).values():
        used |= set(policy.get("values") or {})
    found: dict[str, int] = {}
    for path, declared in shipped().items():
        if path in used:
            found[str(declared.status)] = found.get(str(declared.status), 0) + 1
    return found


def _assumed(facts: Facts) -> Iterator[str]:
    found = status_counts(facts.manifest)
    n = sum(found.values())
    if n and found.get("assumption"):
        key = "assumed" if facts.can_tell else "assumed_one"
        yield say(facts, f"opening.unknown.{key}", n=n, assumed=found["assumption"], share=percent(facts, point(found["assumption"] / n)))


# -- which data to collect ----------------------------------------------------------------------------


def is_roster(facts: Facts) -> bool:
    """Return whether the county was read from a roster."""
    region = (facts.manifest.get("configuration") or {}).get("region") or {}
    kind = str(facts.info.get("data_status") or ("synthetic" if region.get("kind", "synthetic") == "synthetic" else "roster"))
    return kind == "roster"


def _column(facts: Facts, table: str, key: str) -> str | None:
    """Return a roster's column in words; None for what no roster can hold."""
    from edusim.language import has
    from edusim.region.roster_columns import SHEETS

    name = f"opening.column.{_COLUMN.get(key, key)}"
    if table == "schools" and has(name):
        return say(facts, name)
    column = SHEETS[table].columns.get(key) if table in SHEETS else None
    return None if column is None else column.zh if facts.lang == "zh" else column.en.replace("_", " ")


def imputed_columns(facts: Facts) -> list[tuple[str, int, float]]:
    """Return roster columns with cells that were drawn: name, cells, share of the table's rows.

    Those that lack most come first, of equals those from which the official indicators are reckoned. What no roster can
    hold (a school's management, its reputation) is left out.
    """
    agents = facts.manifest.get("agents") or {}
    found: dict[str, tuple[int, float, bool]] = {}
    for name, cells in (facts.manifest.get("imputed") or {}).items():
        table, _, key = str(name).partition(".")
        column, rows = _column(facts, table, key), int(agents.get(_ROWS.get(table, ""), 0))
        if column is not None and cells and rows:
            n = max(found.get(column, (0,))[0], int(cells))
            found[column] = (n, min(1.0, n / rows), key not in _JUDGED)
    return [(name, n, share) for name, (n, share, _) in sorted(found.items(), key=lambda one: (-one[1][1], one[1][2], one[0]))]


def collect(facts: Facts, attached: Sequence[Attached]) -> list[str]:
    """Return which data to collect, the first first: what was drawn for want of data, what matters most, what is undecided."""
    from edusim.region.roster_columns import SHEETS

    out: list[str] = []
    imputed: Mapping[str, int] = facts.manifest.get("imputed") or {}
    if is_roster(facts):
        columns = imputed_columns(facts)
        if columns:
            shown = [
                say(facts, "opening.collect.column", name=name, n=n, share=percent(facts, point(share)))
                for name, n, share in columns[:NAMES]
            ]
            key = "columns" if len(columns) <= NAMES else "columns_most"
            out.append(say(facts, f"opening.collect.{key}", n=len(columns), names=listed(facts, shown)))
        else:
            out.append(say(facts, "opening.collect.complete"))
    else:
        out.append(say(facts, "opening.collect.synthetic", n=len(_JUDGED)))
    names = [name for one in attached if one.kind == "sensitivity" for name in one.names]
    if names:
        out.append(say(facts, "opening.collect.matters", names=listed(facts, names[:NAMES])))
    if not is_roster(facts) or "pupils.rows" in imputed:
        out.append(say(facts, "opening.collect.scores"))
    tables = [table for table in ("teachers", "neighbourhoods") if is_roster(facts) and f"{table}.rows" in imputed]
    if tables:
        sheets = [SHEETS[table].zh if facts.lang == "zh" else SHEETS[table].en for table in tables]
        out.append(say(facts, "opening.collect.tables", names=listed(facts, sheets)))
    open_ = _doubtful(facts)
    if open_:
        out.append(say(facts, "opening.collect.indicators", names=_few(facts, open_)))
    if not any(one.kind == "sensitivity" for one in attached):
        out.append(say(facts, "opening.collect.no_study"))
    return out


def _doubtful(facts: Facts) -> list[str]:
    """Return the indicators whose verdict is open under some policy: measuring them would settle it."""
    if not facts.can_tell:
        return []
    open_ = {one for policy in facts.policies for one in undecided(facts, policy)}
    return indicator_names(facts, [(stage, key) for stage in CV_STAGES for key in indicators_of(facts, stage) if (stage, key) in open_])
