"""Why did it happen: which clause, which values, whose draw; of a teacher, a school, a group, or each yuan.

A run folder keeps counts of decisions, not every decision. Draws are keyed, so the same run can be made
again with full records, and gives the same bits; the folder's digest is checked. A witness looks on and
keeps what a sentence needs; ``facts`` puts clauses, values and draws to each decision, ``sentences`` the words.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edusim.errors import ConfigError, RunError, did_you_mean
from edusim.explain.facts import TEACHER, Teller, Told
from edusim.explain.witness import Witness
from edusim.extensions import events

if TYPE_CHECKING:
    from edusim.explain.money import Accounts
    from edusim.policies import Policy
    from edusim.runs import Outcome
    from edusim.scenario import Scenario


@dataclass
class Part:
    """What is told of one policy: decisions of an agent, or the accounts."""

    policy: str
    kind: str
    agent: int | None
    seed: int
    draw: int
    teller: Teller
    told: list[Told] = field(default_factory=list)
    books: list[Accounts] = field(default_factory=list)
    year: int | None = None


def explain(folder: str | os.PathLike[str], *, lang: str | None = None, **asked: Any) -> str:
    """Return what happened, and why, in sentences; see :func:`as_data` for the parameters.

    Raises
    ------
    RunError
        ``RUN-NOT-A-RUN``; ``RUN-CHANGED`` when the run cannot be made again as it was.
    ConfigError
        ``EXPLAIN-ONE`` when not exactly one thing is asked for, ``EXPLAIN-UNKNOWN`` when it is not in the run,
        ``EXPLAIN-YEAR``, ``EXPLAIN-DRAW``, ``CFG-UNKNOWN-POLICY``.
    """
    text: str = as_data(folder, lang=lang, **asked)["text"]
    return text


def as_data(
    folder: str | os.PathLike[str],
    *,
    teacher: int | None = None,
    school: int | str | None = None,
    group: int | None = None,
    yuan: bool = False,
    year: int | None = None,
    policy: str | None = None,
    draw: int | None = None,
    lang: str | None = None,
) -> dict[str, Any]:
    """Return what happened to one agent, or to each yuan, as plain data with the sentences in ``text``.

    Parameters
    ----------
    folder
        A run folder.
    teacher, school, group, yuan
        One of them: the id (a school also by pseudonym), or the money.
    year
        Only this school year; all when None.
    policy
        Only this policy; all of the run when None.
    draw
        Which draw; the first of the run when None.
    lang
        ``zh`` or ``en``.
    """
    from edusim.errors import language
    from edusim.folders import load_run
    from edusim.scenario import restore

    tongue = language(lang)
    named: dict[str, Any] = {k: v for k, v in (("teacher", teacher), ("school", school), ("group", group)) if v is not None}
    if yuan:
        named["yuan"] = True
    if len(named) != 1:
        raise ConfigError(
            "EXPLAIN-ONE", "请给出一位教师、一所学校、一个教共体，或问经费去向",
            "name one teacher, one school or one group, or ask for the money",
            mend_zh="例如 --teacher 12，或 --yuan", mend_en="for example --teacher 12, or --yuan",
        )  # fmt: skip
    manifest = load_run(folder)["manifest"]
    first, last = int(manifest["base_year"]) + 1, int(manifest["last_year"])
    if year is not None and not first <= year <= last:
        raise ConfigError(
            "EXPLAIN-YEAR", f"这次推演没有 {year} 学年", f"the run has no school year {year}", where="--year",
            mend_zh=f"请取 {first} 至 {last}", mend_en=f"choose one from {first} to {last}",
        )  # fmt: skip
    scenario = restore(manifest["resume"]["raw"], manifest["resume"]["folder"], manifest["resume"]["file"])
    policies = list(manifest["policies"])
    # A policy that came from a file is known by its own key too.
    own = {scenario.policy(p).key: p for p in policies}
    policy = own.get(policy, policy) if policy is not None else None
    if policy is not None and policy not in policies:
        zh, en = did_you_mean(policy, own)
        raise ConfigError(
            "CFG-UNKNOWN-POLICY", f"这次推演没有政策 {policy[:60]}", f"the run has no policy {policy[:60]}",
            where="--policy", mend_zh=zh, mend_en=en,
        )  # fmt: skip
    draw = _draw(manifest, draw)
    (kind, wanted) = next(iter(named.items()))
    parts = []
    for key in [policy] if policy is not None else policies:
        part = _part(str(folder), manifest, scenario, key, kind, wanted, draw, year)
        if part is not None:
            parts.append(part)
    if not parts:
        raise ConfigError(
            "EXPLAIN-UNKNOWN", f"这次推演里没有 {wanted}", f"{wanted} is not in this run", where=f"--{kind}",
            mend_zh="编号见 schools.parquet、records.parquet", mend_en="ids are in schools.parquet and records.parquet",
        )  # fmt: skip
    return {
        "text": "\n\n".join(_text(part, scenario, tongue) for part in parts),
        "policies": [_plain(part, scenario, tongue) for part in parts],
    }


def _draw(manifest: Mapping[str, Any], draw: int | None) -> int:
    drawn = sorted({int(key.rpartition("/")[2]) for key in manifest["digests"]})
    if draw is None:
        return drawn[0] if drawn else 0
    if draw not in drawn:
        raise ConfigError(
            "EXPLAIN-DRAW", f"这次推演没有第 {draw} 次抽样", f"the run has no draw {draw}", where="--draw",
            mend_zh=f"有第 {drawn[0]} 至 {drawn[-1]} 次", mend_en=f"it has {drawn[0]} to {drawn[-1]}",
        )  # fmt: skip
    return draw


def _part(
    folder: str, manifest: Mapping[str, Any], scenario: Scenario, policy: str, kind: str, wanted: Any, draw: int, year: int | None
) -> Part | None:
    """Make one policy's run again, watched, and return what it tells; None when the agent is not in it."""
    from edusim.explain.money import accounts
    from edusim.runs import simulate

    design = manifest["designs"][0]
    witness = Witness(_whole(wanted) if kind == "teacher" else None)
    outcome = simulate(
        scenario, policy, seed=manifest["seed"], draw=draw, design=design,
        years=manifest["last_year"] - manifest["base_year"], records="all", watch=witness,
    )  # fmt: skip
    digest = manifest["digests"].get(f"{design}/{policy}/{draw}")
    if digest is not None and digest != outcome.facts["digest"]:
        raise RunError(
            "RUN-CHANGED", "程序或数据已改变，无法重现当时的推演", "the program or its data have changed: the run cannot be made again",
            where=folder, mend_zh="请用当时的版本，或重新运行", mend_en="use the version it was made with, or run it again",
        )  # fmt: skip
    law = scenario if design != "identical" else scenario.with_({"groups.coverage_share": 1.0})
    teller = Teller(outcome, witness, law.parameters(policy), events(scenario.extensions))
    part = Part(policy, kind, None, int(manifest["seed"]), draw, teller, year=year)
    if kind == "yuan":
        part.books = [accounts(teller, witness.years[y], rows) for y, rows in outcome.records if year in (None, y)]
        return part
    part.agent = _identity(kind, wanted, outcome)
    if part.agent is None:
        return None
    told = {"teacher": teller.of_teacher, "school": teller.of_school, "group": teller.of_group}[kind](part.agent)
    part.told = [t for t in told if year in (None, t.year)]
    return part


def of_run(
    scenario: Scenario, outcome: Outcome, witness: Witness, *, kind: str, agent: int, year: int | None = None, seed: int = 0, lang: str | None = None
) -> str:  # fmt: skip
    """Return what happened to one agent of a run that was watched as it was made, in sentences; nothing is run again.

    Parameters
    ----------
    scenario
        Of the run.
    outcome, witness
        The run with full records (``records="all"``), and the :class:`Witness` that watched it.
    kind
        ``teacher`` (the one whom the witness followed), ``school`` or ``group``.
    agent
        Its id.
    year
        Only this school year; all when None.
    seed
        Of the run.
    lang
        ``zh`` or ``en``.
    """
    from edusim.errors import language

    teller = Teller(outcome, witness, scenario.parameters(outcome.policy))
    told = {"teacher": teller.of_teacher, "school": teller.of_school, "group": teller.of_group}[kind](agent)
    part = Part(outcome.policy, kind, agent, seed, outcome.draw, teller, [t for t in told if year in (None, t.year)], year=year)
    return _text(part, scenario, language(lang))


def _whole(wanted: Any) -> int | None:
    try:
        return int(wanted)
    except ValueError:
        return None


def _identity(kind: str, wanted: int | str, outcome: Outcome) -> int | None:
    facts = outcome.facts
    if kind == "school":
        for lang in ("zh", "en"):
            if wanted in facts["pseudonyms"][lang]:
                return int(facts["school_id"][facts["pseudonyms"][lang].index(wanted)])
    number = _whole(wanted)
    if number is None:
        return None
    if kind == "school":
        return number if number in facts["school_id"] else None
    if kind == "group":
        return number if number in facts["group_id"] else None
    seen = any(((rows["agent_type"] == TEACHER) & (rows["agent"] == number)).any() for _, rows in outcome.records)
    return number if seen or number in facts["teacher_id"] else None


def _text(part: Part, scenario: Scenario, lang: str) -> str:
    from edusim.explain import money, sentences
    from edusim.report.language import limits

    policy = scenario.policy(part.policy)
    name = policy.name_zh if lang == "zh" else policy.name_en
    facts = part.teller.outcome.facts
    names = dict(zip(facts["school_id"], facts["pseudonyms"][lang], strict=True))
    modes = [_mode_name(scenario, policy, key, lang) for key in part.teller.parameters.modes]
    words = sentences.Words(lang, names, modes, part.seed, part.teller.events)
    who = {
        "teacher": lambda: words.say("teacher", id=part.agent),
        "school": lambda: words.say("school", name=names[part.agent or 0]),
        "group": lambda: words.say("group", id=part.agent),
        "yuan": lambda: words.text["money"],
    }[part.kind]()
    lines = [words.say("head", policy=name, who=who), f"  {_dates(part, words)}"]
    years = sorted(part.teller.witness.years)
    if part.kind == "yuan":
        for book in part.books:
            lines += ["", words.say("year", year=book.year), *money.told(book, words)]
        return "\n".join([*lines, "", *limits(lang)])
    if any(t.draws for t in part.told):
        seed = part.teller.witness.years[years[0]].seed
        lines.append("  " + words.say("key", seed=part.seed, draw=part.draw, key=seed))
    if len({t.year for t in part.told}) > 1:
        lines.append("  " + words.text["once"])
    if not part.told:
        lines.append("  " + words.text["nothing" if part.year is None else "nothing_year"])
    last = None
    for told in part.told:
        if told.year != last:
            lines += ["", words.say("year", year=told.year)]
            last = told.year
        lines += words.paragraph(told, part.agent if part.kind == "school" and part.agent is not None else -1)
    if part.kind == "school" and part.agent is not None:
        lines += ["", *words.levels(_levels(part.agent, part.teller.outcome, part.year))]
    return "\n".join([*lines, "", *limits(lang)])


def _mode_name(scenario: Scenario, whole: Policy, key: str, lang: str) -> str:
    """Return the name of a mode of a policy: the policy itself, or one that it is mixed of."""
    from pathlib import Path

    from edusim.declarations import LAW, STATUS_QUO

    if key == whole.key:
        found = whole
    else:
        beside = Path(whole.file).parent / f"{key}.yaml"
        name = STATUS_QUO if key == LAW else str(beside) if whole.file and beside.is_file() else key
        found = scenario.policy(name)
    return found.name_zh if lang == "zh" else found.name_en


def _dates(part: Part, words: Any) -> str:
    from edusim.declarations import STATUS_QUO

    parameters = part.teller.parameters
    if part.policy == STATUS_QUO:
        return str(words.text["dates_law"])
    end = parameters.policy.last_year
    last = words.say("dates_last", last=end + parameters.shift) if end is not None else ""
    years = sorted(part.teller.witness.years)
    acts = any(parameters.at(year).in_force for year in years)
    idle = "" if acts else words.say("dates_idle", first=years[0], last=years[-1])
    return str(words.say("dates", first=parameters.first_year, last=last)) + idle


def _levels(school: int, outcome: Outcome, year: int | None) -> list[tuple[int, dict[str, float]]]:
    from edusim.measures import SCHOOL_COLUMNS

    place = outcome.facts["school_id"].index(school)
    rows = []
    for found in outcome.years:
        if year is None or found.year in (year - 1, year):
            rows.append((found.year, {c: float(found.schools[i, place]) for i, c in enumerate(SCHOOL_COLUMNS)}))
    return rows


def _plain(part: Part, scenario: Scenario, lang: str) -> dict[str, Any]:
    """Return what is told of one policy as plain data: every draw with the key that gives it again."""
    if part.kind == "yuan":
        return {"policy": part.policy, "accounts": [book.as_dict() for book in part.books]}
    facts = part.teller.outcome.facts
    names = dict(zip(facts["school_id"], facts["pseudonyms"][lang], strict=True))
    return {
        "policy": part.policy, part.kind: part.agent,
        "decisions": [
            {"year": t.year, "event": t.event, "agents": list(t.agents), "from": names.get(t.schools[0]), "to": names.get(t.schools[1]),
             "amount": t.amount, "clauses": [v.as_dict() for v in t.clauses], "values": [v.as_dict() for v in t.values],
             "draws": [d.as_dict() for d in t.draws]} for t in part.told
        ],
    }  # fmt: skip


__all__ = ["Part", "as_data", "explain", "of_run"]
