"""The report's chapter on teachers: quota promised and delivered, who went and where to, who left, leaders' hours."""

from __future__ import annotations

import numpy as np

from edusim.report.county.facts import Facts, wilson
from edusim.report.county.telling import HOURS, PERCENT, POINTS, SD, TEACHERS, Teller, within
from edusim.report.document.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Picture, Table, Tone, Value
from edusim.report.style import Chart
from edusim.report.summaries import Interval, mean_interval

#: What the official item asks for a year: share of eligible teachers, and backbone teachers among them.
ITEM_SHARE, ITEM_BACKBONE = 0.10, 0.20
#: Shares this close to all count as all, in words.
WHOLE = 0.995
#: Most pairs of places in the table on paper.
MOST_FLOWS = 10


def chapter(facts: Facts) -> list[Block]:
    """Return the chapter, heading first."""
    tell = Teller(facts)
    lead = [tell.of(key, share, PERCENT) for key in facts.policies if np.isfinite((share := _delivered(tell, key)).mean)]
    blocks: list[Block] = [Heading(tell.say("teachers.title"))]
    if lead:
        blocks.append(Paragraph(tell.say("teachers.lead", years=tell.span(), list=tell.semicolons(lead)), "lead"))
    if caution := tell.caution():
        blocks.append(Paragraph(caution, "note"))
    return [*blocks, *_quota(tell), *_who(tell), *_item(tell), *_flows(tell), *_stay(tell), *_leaders(tell)]


def _delivered(tell: Teller, policy: str) -> Interval:
    return tell.delivered("staffing.rotation_delivered", "staffing.rotation_promised", policy)


def _quota(tell: Teller) -> list[Block]:
    facts = tell.facts
    columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.3),
        Column("promised", tell.say("teachers.promised"), tell.say("teachers.persons"), "interval", 0),
        Column("delivered", tell.say("teachers.delivered"), tell.say("teachers.persons"), "interval", 0),
        Column("share", tell.say("teachers.share"), "%", "percent_interval", 1, weight=1.2),
        Column("promised_years", tell.say("teachers.promised_years"), tell.say("teachers.person_years"), "interval", 0),
        Column("delivered_years", tell.say("teachers.delivered_years"), tell.say("teachers.person_years"), "interval", 0),
    )
    rows: list[tuple[Value, ...]] = [
        (tell.name(key), *(tell.level(f"staffing.rotation_{what}", key, "yearly") for what in ("promised", "delivered")), _delivered(tell, key),
         *(tell.level(f"staffing.rotation_{what}_years", key, "yearly") for what in ("promised", "delivered")))
        for key in facts.policies
    ]  # fmt: skip
    yearly: list[tuple[Value, ...]] = [
        (tell.name(key), year, *(tell.level(f"staffing.rotation_{what}", key, year) for what in ("promised", "delivered", "delivered_share")))
        for key in facts.policies for year in facts.years[1:]
    ]  # fmt: skip
    is_there = any(tell.level(f"staffing.rotation_{what}", key, "total").mean > 0 for key in facts.policies for what in ("promised", "delivered"))
    picture = [Picture("quota", tell.say("teachers.quota_picture"), tell.say("teachers.quota_alt", years=tell.span()), lambda: _quota_figure(facts))]
    blocks: list[Block] = [
        Heading(tell.say("teachers.quota"), 2),
        Table("teachers_quota", tell.say("teachers.quota_table", years=tell.span()), columns, tell.rows(rows), tell.say("teachers.quota_note")),
        *(picture if is_there else ()),
        Table(
            "teachers_quota_by_year", tell.say("teachers.quota_by_year"),
            (columns[0], Column("year", tell.say("chapters.year"), kind="text", weight=0.6), columns[1], columns[2], columns[3]),
            tell.rows(yearly), only_workbook=True,
        ),
    ]  # fmt: skip
    if whys := _whys(tell):
        blocks += [Paragraph(tell.say("teachers.why")), Bullets(whys)]
    return blocks


def _quota_figure(facts: Facts) -> Chart:
    from edusim.report.quota_figure import draw

    return draw(facts, for_report=True)


def _whys(tell: Teller) -> tuple[str, ...]:
    """Return why quotas were not delivered whole, one sentence a reason; none where all were, or where it cannot be told.

    Only teachers of a core are sent to its members. Where the groups of a policy may order them to go, what is missing
    (beside what could not be paid) is owed by cores with fewer such teachers than they owe, or by pairings that are no
    group yet, where the law in force holds and only the willing go; the run does not record the two apart.
    """
    short = [key for key in tell.facts.policies if (share := _delivered(tell, key)).known and share.high < WHOLE]
    willing, ordered, partly = [], [], []
    for key in short:
        wish = tell.level("staffing.rotation_volunteer_share", key, "yearly")
        assigns = tell.values(key, "rotation.head_may_assign")
        if assigns and not any(assigns):
            willing.append(tell.inside(key))
        elif assigns and np.isfinite(wish.mean):
            covered = tell.level("groups.coverage", key, "yearly")
            if covered.mean < WHOLE:
                partly.append(tell.of(key, covered, PERCENT))
            else:
                ordered.append(tell.of(key, wish, PERCENT))
    unpaid = {key: n for key in short if (n := _events(tell, key, "unfunded")) > 0}
    said = [
        tell.say("teachers.why_no_order", list=tell.listed(willing)) if willing else "",
        tell.say("teachers.why_partly", list=tell.listed(partly)) if partly else "",
        tell.say("teachers.why_ordered", list=tell.listed(ordered)) if ordered else "",
    ]
    if unpaid:
        said.append(tell.say("teachers.why_money", list=tell.listed(
            tell.of(key, Interval(n, np.nan, np.nan, 1), TEACHERS) for key, n in unpaid.items())))  # fmt: skip
    elif short and tell.facts.records is not None:
        said.append(tell.say("teachers.why_not_money"))
    return tuple(one[:1].upper() + one[1:] for one in said if one)


def _events(tell: Teller, policy: str, event: str) -> float:
    """Return how many times a decision on rotation was recorded, a year and draw; 0 when there are no records."""
    records = tell.facts.records
    if records is None:
        return 0.0
    found = records[(records["policy"].astype(str) == policy) & (records["event"].astype(str) == event) & (records["rule"].astype(str) == "rotation")]
    counted = found[found["agent_type"].astype(str) == "count"]
    n = float(counted["amount"].sum()) + float(len(found) - len(counted))
    return n / max(1, tell.facts.draws * (len(tell.facts.years) - 1))


def _who(tell: Teller) -> list[Block]:
    facts = tell.facts
    measures = ("volunteer_share", "senior_share", "backbone_share")
    columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.3),
        *(Column(measure, tell.say(f"teachers.{measure}"), "%", "percent_interval", 1) for measure in measures),
        Column("quality", tell.say("teachers.quality"), tell.say("teachers.quality_unit"), "interval", 3),
    )
    rows: list[tuple[Value, ...]] = [
        (tell.name(key), *(tell.level(f"staffing.rotation_{measure}", key, "yearly") for measure in (*measures, "quality"))) for key in facts.policies
    ]
    said = [
        tell.against(tell.say("teachers.senior_said"), "staffing.rotation_senior_share", POINTS, "yearly"),
        tell.against(tell.say("teachers.quality_said"), "staffing.rotation_quality", SD, "yearly"),
    ]
    blocks: list[Block] = [
        Heading(tell.say("teachers.who"), 2),
        Table("teachers_sent", tell.say("teachers.who_table", years=tell.span()), columns, tell.rows(rows), tell.say("teachers.who_note")),
    ]
    items = tuple(one for one in said if one)
    return [*blocks, Bullets(items)] if items else blocks


def _item(tell: Teller) -> list[Block]:
    """The official item, 10% of eligible teachers and a fifth of them backbone, in the last year: judged on the range of one draw."""
    facts, year = tell.facts, tell.facts.last_year
    columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.3),
        Column("of_eligible", tell.say("teachers.of_eligible"), "%", "percent_interval", 1),
        Column("backbone", tell.say("teachers.backbone_share"), "%", "percent_interval", 1),
        Column("verdict", tell.say("chapters.verdict"), weight=0.7),
        Column("met", tell.say("teachers.met"), "%", "percent_interval", 0),
        Column("of_members", tell.say("teachers.of_members"), "%", "percent_interval", 1),
    )
    rows: list[tuple[Value, ...]] = []
    found: dict[Tone, list[str]] = {"meets": [], "fails": [], "open": []}
    other: dict[Tone, list[str]] = {"meets": [], "fails": [], "open": []}
    for key in facts.policies:
        eligible, backbone, members = (
            within(facts.spread(f"staffing.rotation_{name}", key, year), (0.0, 1.0)) for name in ("share_eligible", "backbone_share", "share_member")
        )
        if not np.isfinite(eligible.mean):
            continue
        tone = _both(eligible, backbone)
        found[tone].append(tell.inside(key))
        other[_both(members, backbone)].append(tell.inside(key))
        met = tell.draws("staffing.rotation_meets_item", key, year)
        met = met[np.isfinite(met)]
        share = wilson(int(np.count_nonzero(met > 0.5)), met.size)
        rows.append((tell.name(key), eligible, backbone, Cell(tell.say(f"chapters.verdict_{tone}"), tone), share, members))
    if not rows:
        return []
    return [
        Paragraph(tell.say("teachers.item", year=year, parts=_judged(tell, found))),
        Table("teachers_item", tell.say("teachers.item_table", year=year), columns, tell.rows(rows), tell.say("teachers.item_note")),
        Paragraph(tell.say("teachers.item_other", parts=_judged(tell, other))),
    ]


def _judged(tell: Teller, found: dict[Tone, list[str]]) -> str:
    return tell.semicolons(tell.say(f"teachers.item_{tone}", list=tell.listed(names)) for tone, names in found.items() if names)


def _both(share: Interval, backbone: Interval) -> Tone:
    if (share.known and share.high < ITEM_SHARE) or (backbone.known and backbone.high < ITEM_BACKBONE):
        return "fails"
    return "meets" if share.known and backbone.known and share.low >= ITEM_SHARE and backbone.low >= ITEM_BACKBONE else "open"


def _flows(tell: Teller) -> list[Block]:
    facts = tell.facts
    frame = facts.flows
    if frame is None or frame.empty:
        return []
    years = max(1, len(facts.years) - 1)
    summed = frame.groupby(["from_zone_role", "to_zone_role", "policy", "draw"], observed=True)["teachers"].sum() / years
    counts: dict[tuple[str, str], dict[str, dict[int, float]]] = {}
    for (a, b, policy, draw), n in summed.items():
        counts.setdefault((str(a), str(b)), {}).setdefault(str(policy), {})[int(draw)] = float(n)
    draws = [int(draw) for draw in facts.measures["draw"].unique()]

    def mean(pair: tuple[str, str], policy: str) -> Interval:
        by_draw = counts[pair].get(policy, {})
        return within(mean_interval([by_draw.get(draw, 0.0) for draw in draws]), (0.0, np.inf))

    pairs = sorted(counts, key=lambda pair: -sum(mean(pair, key).mean for key in facts.policies))[:MOST_FLOWS]
    columns = (
        Column("way", tell.say("teachers.way"), weight=1.3),
        *(Column(key, tell.name(key), kind="interval", digits=1) for key in facts.policies),
    )
    place = {pair: [facts.words.inside(facts.words.label("place", one)) for one in pair] for pair in pairs}
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (facts.words.label("place", pair[0]) + tell.say("teachers.arrow") + place[pair][1], *(mean(pair, key) for key in facts.policies)) for pair in pairs
    )
    return [
        Heading(tell.say("teachers.flows"), 2),
        Table("teachers_flows", tell.say("teachers.flows_table", years=tell.span()), columns, tell.rows(rows), tell.say("teachers.flows_note"),
              wide=tell.is_wide(facts.policies)),
        Picture("teacher_flow", tell.say("teachers.flows_picture"), tell.say("teachers.flows_alt"), lambda: _flow_figure(facts)),
    ]  # fmt: skip


def _flow_figure(facts: Facts) -> Chart:
    from edusim.report.place_figures import teacher_flow

    return teacher_flow(facts.flows, lang=facts.lang, for_report=True, info=facts.info)


#: Who leaves and what stays empty: measure, when, kind of column, decimals.
_STAY = (
    ("leaver_share", "yearly", "percent_interval", 2), ("backbone_kept_share", "yearly", "percent_interval", 2),
    ("vacancy_share", "last", "percent_interval", 2), ("subject_gap_share", "last", "percent_interval", 1), ("substitutes", "last", "interval", 0),
)  # fmt: skip
#: Of these, what is told in sentences: who left, and what stayed empty.
_STAY_SAID = (("leaver_share", "yearly"), ("vacancy_share", "last"), ("subject_gap_share", "last"))


def _stay(tell: Teller) -> list[Block]:
    facts = tell.facts
    columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.3),
        *(Column(name, tell.say(f"teachers.{name}"), "" if kind == "interval" else "%", kind, digits) for name, _, kind, digits in _STAY),  # type: ignore[arg-type]
    )
    rows: list[tuple[Value, ...]] = [
        (Cell(tell.say("chapters.base_year", year=facts.base_year), "quiet"), None, None,
         *(tell.level(f"staffing.{name}", facts.policies[0], "base") for name, when, _, _ in _STAY if when == "last"))
    ]  # fmt: skip
    rows += [(tell.name(key), *(tell.level(f"staffing.{name}", key, when) for name, when, _, _ in _STAY)) for key in facts.policies]
    said = [tell.against(tell.say(f"teachers.{name}_said", year=facts.last_year), f"staffing.{name}", POINTS, when) for name, when in _STAY_SAID]
    blocks: list[Block] = [
        Heading(tell.say("teachers.stay"), 2),
        Table("teachers_stay", tell.say("teachers.stay_table", years=tell.span(), year=facts.last_year), columns, tell.rows(rows),
              tell.say("teachers.stay_note")),
    ]  # fmt: skip
    items = tuple(one for one in said if one)
    return [*blocks, Bullets(items)] if items else blocks


def _leaders(tell: Teller) -> list[Block]:
    facts = tell.facts
    asked = [key for key in facts.policies if tell.draws("staffing.leader_hours_planned", key, "total").max(initial=0.0) > 0]
    if not asked:
        return [Paragraph(tell.say("teachers.no_leaders"))] if facts.holds("staffing.leader_hours_planned") else []
    parts = []
    for key in asked:
        planned, given = (tell.level(f"staffing.leader_hours_{what}", key, "yearly") for what in ("planned", "given"))
        share = tell.delivered("staffing.leader_hours_given", "staffing.leader_hours_planned", key)
        parts.append(tell.say("teachers.leaders_of", policy=tell.inside(key), planned=tell.shown(planned, HOURS), given=tell.shown(given, HOURS),
                              share=tell.shown(share, PERCENT)))  # fmt: skip
    return [Paragraph(tell.say("teachers.leaders", parts=tell.semicolons(parts)))]
