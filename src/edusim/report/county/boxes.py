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
    against,
    amount,
    clauses,
    indicator_name,
    listed,
    money,
    most_of,
    percent,
    point,
    policies,
    say,
    sized,
    stage_name,
    turned,
)
from edusim.report.document.blocks import plain

if TYPE_CHECKING:
    from edusim.report.county.attached import Attached

#: Most sentences in a box, so that the page stays one page.
MOST = 4
#: Most names in a list inside a sentence.
NAMES = 4
#: Roster columns whose cells are counted under another name.
_COLUMN = {"is_private": "private", "has_boarding": "boarding", "seats_primary": "seats", "seats_junior": "seats"}
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
    base = facts.words.policy(facts.baseline)
    narrow, lift = facts.surely(GAP, -1), facts.surely(WEAK, 1)
    both, only = [one for one in narrow if one in lift], [one for one in narrow if one not in lift]
    out: list[str] = []
    favoured: list[str] = []
    if both:
        leaders = facts.leaders(GAP, both, -1)
        first = leaders[0]
        is_settled = facts.twin is None or not other_leaders(facts, facts.twin)
        values = {
            "policies": policies(facts, both), "leader": facts.words.policy(first), "leaders": policies(facts, leaders), "baseline": base,
            "gap": amount(facts, turned(facts.effect(GAP, first)), form="short"), "weak": sized(facts, facts.effect(WEAK, first), form="short"),
            "gap_inner": amount(facts, turned(facts.effect(GAP, first)), form="inner"),
        }  # fmt: skip
        kind = "one" if len(both) == 1 else "designs" if not is_settled else "most" if len(leaders) == 1 else "equal"
        favoured = [first] if kind in ("one", "most") else both if kind == "designs" else leaders
        out.append(say(facts, f"opening.do.lift_{kind}", **values))
        out += [_choose(facts, leaders)] if kind == "equal" else _prices(facts, both)
    else:
        out.append(say(facts, "opening.do.none", baseline=base))
    if only:
        out.append(say(facts, "opening.do.not_weak", policies=policies(facts, only)))
    gone = [one for one in (lost(facts, favoured[0]) if favoured else []) if all(one in lost(facts, policy) for policy in favoured)]
    if gone:
        names = _few(facts, [indicator_name(facts, stage, key) for stage, key in gone])
        key = "lost" if len(favoured) == 1 else "lost_any"
        out.append(say(facts, f"opening.do.{key}", policies=policies(facts, favoured), names=names, baseline=base))
    fewer = facts.surely("official.schools_failing", -1)
    if fewer:
        best = facts.leaders("official.schools_failing", fewer, -1)
        kind = "one" if len(best) == 1 else "equal"
        value = amount(facts, turned(facts.effect("official.schools_failing", best[0])), "schools", 1, form="short" if kind == "one" else "inner")
        out.append(say(facts, f"opening.do.schools_{kind}", policies=policies(facts, best), leader=facts.words.policy(best[0]), value=value, baseline=base))
    return out


def _prices(facts: Facts, asked: Sequence[str]) -> list[str]:
    """Return what 0.01 SD of narrowing costs under each policy, where it costs anything."""
    known = [(policy, price) for policy in asked if math.isfinite((price := facts.per_step(policy)).mean) and abs(price.mean) >= 1.0]
    key = "price"
    if len(known) > NAMES:
        known, key = sorted(known, key=lambda one: one[1].mean)[:NAMES], "price_least"
    parts = [say(facts, "opening.policy_value", policy=facts.words.policy(policy), value=money(facts, price, form="short")) for policy, price in known]
    return [say(facts, f"opening.do.{key}", baseline=facts.words.policy(facts.baseline), n=len(parts), values=clauses(facts, parts))] if parts else []


def other_leaders(facts: Facts, twin: Facts) -> tuple[list[str], list[str]] | None:
    """Return who narrows the gap most in either design, where no policy does so in both."""
    ours, theirs = (one.leaders(GAP, one.surely(GAP, -1), -1) for one in (facts, twin))
    return (ours, theirs) if ours and theirs and not set(ours) & set(theirs) else None


def _choose(facts: Facts, leaders: Sequence[str]) -> str:
    """Return what parts policies whose effect on the gap cannot be told apart: the price of a step, what core schools lose."""
    prices = {policy: facts.per_step(policy) for policy in leaders}
    known = {policy: price for policy, price in prices.items() if math.isfinite(price.mean)}
    parts = []
    if len(known) == len(leaders):
        cheap = min(known, key=lambda policy: known[policy].mean)
        apart = all(known[cheap].high < price.low for policy, price in known.items() if policy != cheap)
        parts.append(
            say(facts, "opening.do.cheaper", policy=facts.words.policy(cheap), value=money(facts, known[cheap], form="inner"))
            if apart
            else say(facts, "opening.do.same_price")
        )
    if facts.holds(CORE):
        mild = max(leaders, key=lambda policy: facts.level(CORE, policy).mean)
        apart = all(facts.between(CORE, mild, policy).clear for policy in leaders if policy != mild)
        parts.append(
            say(facts, "opening.do.milder", policy=facts.words.policy(mild), value=sized(facts, facts.effect(CORE, mild), form="inner"))
            if apart
            else say(facts, "opening.do.same_core")
        )
    return say(facts, "opening.do.choose", leaders=policies(facts, leaders), parts=clauses(facts, parts))


def _few(facts: Facts, names: Sequence[str]) -> str:
    if len(names) <= NAMES:
        return listed(facts, names)
    return say(facts, "opening.and_more", names=say(facts, "opening.comma").join(names[:NAMES]), n=len(names))


# -- what not to do -----------------------------------------------------------------------------------


def dont(facts: Facts) -> list[str]:
    """Return what not to do: what the draws rule out, and what the numbers are not made for."""
    out: list[str] = []
    if facts.can_tell:
        out += [one for one in (_no_rule(facts), _no_proxy(facts), _no_more(facts)) if one]
    elif facts.is_paired:
        out.append(say(facts, "opening.dont.one_draw"))
    if not facts.is_paired:
        out.append(say(facts, "opening.dont.alone", policy=facts.words.policy(facts.policies[0])))
    ranking = _no_ranking(facts)
    return [*out[: MOST - 1], ranking] if ranking else out


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
    parts = [say(facts, "opening.policy_value", policy=facts.words.policy(policy), value=percent(facts, chance[policy], form="short")) for policy in unlikely]
    if not unlikely:
        parts = [say(facts, "opening.policy_value", policy=facts.words.policy(policy), value=percent(facts, chance[policy], form="short")) for policy in open_]
        if len({one.mean for one in chance.values()}) == 1 and len(open_) == len(chance) > 1:
            return say(facts, "opening.dont.rule_open_all", year=year, value=percent(facts, chance[open_[0]], form="short"))
        return say(facts, "opening.dont.rule_open", year=year, values=most_of(facts, parts))
    likely = [policy for policy, one in chance.items() if one.low > 0.5]
    end = say(facts, "opening.dont.rule_but", policies=policies(facts, likely)) if likely else ""
    return say(facts, "opening.dont.rule_some", year=year, values=most_of(facts, parts)) + end


def _no_proxy(facts: Facts) -> str:
    """Return the warning where the number of CVs that keep their limits and the gap in learning surely go apart."""
    worse: dict[str, list[str]] = {}
    better: dict[str, list[str]] = {}
    narrow = facts.surely(GAP, -1)
    for policy in facts.others:
        side = standing(facts, policy)
        if policy in narrow and side.learning == "better" and side.indicators == "worse":
            worse[policy] = side.stages
        elif side.learning == "worse" and side.indicators == "better":
            better[policy] = side.stages
    for found, key in ((worse, "proxy"), (better, "flatter")):
        if found:
            first = max(found, key=lambda policy: abs(facts.moved(GAP, policy).mean))
            detail = [
                say(facts, "opening.stage_value", stage=stage_name(facts, stage),
                    value=sized(facts, facts.moved("official.indicators_met", first, stage=stage), "items", 1, form="inner"))
                for stage in found[first]
            ]  # fmt: skip
            return say(
                facts, f"opening.dont.{key}", policies=policies(facts, list(found)), policy=facts.words.policy(first),
                values=clauses(facts, detail), against=against(facts),
            )  # fmt: skip
    return ""


def _no_more(facts: Facts) -> str:
    if not facts.is_paired:
        return ""
    lower = facts.surely(CORE, -1)
    if not lower:
        return ""
    most = min(lower, key=lambda policy: facts.effect(CORE, policy).mean)
    equal = facts.leaders(CORE, lower, -1)
    kind = "one" if len(lower) == 1 else "most" if len(equal) == 1 else "several"
    return say(
        facts, f"opening.dont.core_{kind}", policies=policies(facts, lower), policy=facts.words.policy(most),
        value=sized(facts, facts.effect(CORE, most), form="inner"), baseline=facts.words.policy(facts.baseline),
    )  # fmt: skip


def _no_ranking(facts: Facts) -> str:
    reason = say(facts, f"opening.dont.because_{'roster' if is_roster(facts) else 'synthetic'}")
    if not facts.has_schools("mean_achievement") or not facts.can_tell:
        return say(facts, "opening.dont.rank_plain", reason=reason)
    narrow = facts.surely(GAP, -1)
    policy = facts.leaders(GAP, narrow, -1)[0] if narrow else (facts.others or facts.policies)[0]
    moves = [gap for gap in facts.school_moves("mean_achievement", policy) if gap.known]
    unsure = sum(not gap.clear for gap in moves)
    if not unsure:
        return say(facts, "opening.dont.rank_plain", reason=reason)
    return say(
        facts, "opening.dont.rank", n=len(moves), unsure=unsure, policy=facts.words.policy(policy), against=against(facts), reason=reason
    )


# -- what is unknown ----------------------------------------------------------------------------------


def unknown(facts: Facts, attached: Sequence[Attached]) -> list[str]:
    """Return what is unknown: what cannot be told apart, what is assumed, what designs and studies disagree on."""
    out: list[str] = []
    if not facts.is_paired:
        out.append(say(facts, "opening.unknown.alone"))
    elif not facts.can_tell:
        out.append(say(facts, "opening.unknown.one_draw"))
    else:
        out += _apart(facts)
        if facts.twin is not None:
            out.append(designs(facts, facts.twin))
    out += _assumed(facts)
    for one in attached:
        if one.kind == "discover" and one.paragraphs:
            out.append(say(facts, "opening.unknown.study", said=plain(one.paragraphs[0])))
    if facts.can_tell:
        out += _open_indicators(facts)
    out.append(say(facts, "opening.unknown.causes"))
    return [one for one in out if one]


def _apart(facts: Facts) -> list[str]:
    """Return which policies' effects on the gap cannot be told apart."""
    others = facts.others
    pairs = [(a, b) for i, a in enumerate(others) for b in others[i + 1 :] if facts.between(GAP, a, b).known]
    same = [(a, b) for a, b in pairs if not facts.between(GAP, a, b).clear]
    if not same:
        return []
    if len(same) == len(pairs) and len(others) > 1:
        return [say(facts, "opening.unknown.none_apart", policies=policies(facts, others))]
    shown = [say(facts, "opening.pair", a=facts.words.policy(a), b=facts.words.policy(b)) for a, b in same]
    return [say(facts, "opening.unknown.apart", pairs=_few(facts, shown), n=len(same), all=len(pairs))]


def designs(facts: Facts, twin: Facts) -> str:
    """Return whether as feasible and identical pairs say the same of the gap; nothing where they do."""
    named = {"own": say(facts, f"opening.design.{design_names(facts)[0]}"), "other": say(facts, f"opening.design.{design_names(facts)[1]}")}
    for policy in facts.others:
        if policy not in twin.policies:
            continue
        one, two = facts.effect(GAP, policy), twin.effect(GAP, policy)
        if one.clear and two.clear and one.mean * two.mean < 0:
            values = {"one": sized(facts, one, form="short"), "two": sized(facts, two, form="short")}
            return say(facts, "opening.unknown.designs_sign", policy=facts.words.policy(policy), **values, **named)
    differ = other_leaders(facts, twin)
    if differ is not None:
        ours, theirs = differ
        return say(facts, "opening.unknown.designs_order", one=policies(facts, ours), two=policies(facts, theirs), **named)
    ours, theirs = (one.surely(GAP, -1) for one in (facts, twin))
    if bool(ours) != bool(theirs):
        which = named["own"] if ours else named["other"]
        return say(facts, "opening.unknown.designs_only", which=which, policies=policies(facts, ours or theirs), **named)
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


def _open_indicators(facts: Facts) -> Iterator[str]:
    found = {policy: undecided(facts, policy) for policy in facts.policies}
    if any(found.values()):
        total = sum(len(indicators_of(facts, stage)) for stage in CV_STAGES)
        parts = [say(facts, "opening.policy_count", policy=facts.words.policy(policy), n=len(open_)) for policy, open_ in found.items()]
        yield say(facts, "opening.unknown.indicators", year=facts.last_year, total=total, counts=most_of(facts, parts))


# -- which data to collect ----------------------------------------------------------------------------


def is_roster(facts: Facts) -> bool:
    """Return whether the county was read from a roster."""
    region = (facts.manifest.get("configuration") or {}).get("region") or {}
    kind = str(facts.info.get("data_status") or ("synthetic" if region.get("kind", "synthetic") == "synthetic" else "roster"))
    return kind == "roster"


def _column(facts: Facts, table: str, key: str) -> str | None:
    from edusim.region.roster_columns import SHEETS

    sheet = SHEETS.get(table)
    column = sheet.columns.get(_COLUMN.get(key, key)) if sheet else None
    if column is None:
        return None
    return _named(facts, column)


def _named(facts: Facts, column: Any) -> str:
    return str(getattr(column, facts.lang))  # the header that a roster's column bears in this language


def imputed_columns(facts: Facts) -> list[tuple[str, int, float]]:
    """Return roster columns with cells that were drawn: name, cells, share of the table's rows; most first.

    What no roster can hold (a school's management, its reputation) is left out.
    """
    agents = facts.manifest.get("agents") or {}
    found: dict[str, tuple[int, float]] = {}
    for name, cells in (facts.manifest.get("imputed") or {}).items():
        table, _, key = str(name).partition(".")
        column, rows = _column(facts, table, key), int(agents.get(_ROWS.get(table, ""), 0))
        if column is not None and cells and rows:
            before = found.get(column, (0, 0.0))[0]
            n = max(before, int(cells))
            found[column] = (n, min(1.0, n / rows))
    return sorted(((name, n, share) for name, (n, share) in found.items()), key=lambda one: (-one[2], -one[1], one[0]))


def collect(facts: Facts, attached: Sequence[Attached]) -> list[str]:
    """Return which data to collect first: what was drawn for want of data, what is undecided, what matters most."""
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
        tables = [table for table in ("teachers", "neighbourhoods") if f"{table}.rows" in imputed]
        if tables:
            names = [_named(facts, SHEETS[table]) for table in tables]
            out.append(say(facts, "opening.collect.tables", names=listed(facts, names)))
        if not columns and not tables:
            out.append(say(facts, "opening.collect.complete"))
    else:
        columns_ = SHEETS["schools"].columns
        needed = [_named(facts, column) for column in columns_.values() if column.required]
        judged = [_named(facts, columns_[key]) for key in _JUDGED]
        out.append(say(facts, "opening.collect.synthetic", names=listed(facts, needed), judged=listed(facts, judged)))
    open_ = _doubtful(facts)
    if open_:
        out.append(say(facts, "opening.collect.indicators", names=_few(facts, open_)))
    if not is_roster(facts) or "pupils.rows" in imputed:
        out.append(say(facts, "opening.collect.scores"))
    names_ = [name for one in attached if one.kind == "sensitivity" for name in one.names]
    if names_:
        out.insert(1, say(facts, "opening.collect.matters", names=listed(facts, names_[:NAMES])))
    elif not any(one.kind == "sensitivity" for one in attached):
        out.append(say(facts, "opening.collect.no_study"))
    return out


def _doubtful(facts: Facts) -> list[str]:
    """Return the indicators whose verdict is open under some policy: measuring them would settle it."""
    if not facts.can_tell:
        return []
    keys = list(dict.fromkeys(one for policy in facts.policies for one in undecided(facts, policy)))
    return list(dict.fromkeys(indicator_name(facts, stage, key) for stage, key in keys))
