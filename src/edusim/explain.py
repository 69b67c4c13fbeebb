"""Why did it happen: the record of one teacher, school or group, from a run made again in full.

A run folder keeps counts of decisions, not every decision. Draws are keyed, so the same run can be made
again with full records, and gives the same bits; the folder's digest is checked.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError, RunError
from edusim.folders import load_run
from edusim.rules.context import AGENT_TYPES, EVENTS
from edusim.runs import Outcome, simulate

if TYPE_CHECKING:
    from edusim.scenario import Scenario


def explain(
    folder: str | os.PathLike[str],
    *,
    teacher: int | None = None,
    school: int | str | None = None,
    group: int | None = None,
    draw: int = 0,
    lang: str | None = None,
) -> str:
    """Return what happened to one agent under every policy of a run folder, from the records.

    Parameters
    ----------
    folder
        A run folder.
    teacher, school, group
        One of them: the id (a school also by pseudonym).
    draw
        Which draw.
    lang
        ``zh`` or ``en``.

    Raises
    ------
    RunError
        ``RUN-NOT-A-RUN``; ``RUN-CHANGED`` when the run cannot be made again as it was.
    ConfigError
        ``EXPLAIN-ONE`` when not exactly one agent is named, ``EXPLAIN-UNKNOWN`` when it is not in the run.
    """
    from edusim.errors import language
    from edusim.scenario import restore

    tongue = language(lang)
    named = {k: v for k, v in (("teacher", teacher), ("school", school), ("group", group)) if v is not None}
    if len(named) != 1:
        raise ConfigError(
            "EXPLAIN-ONE", "请给出一位教师、一所学校或一个教共体", "name one teacher, one school or one group",
            mend_zh="例如 --teacher 12", mend_en="for example --teacher 12",
        )  # fmt: skip
    manifest = load_run(folder)["manifest"]
    scenario = restore(manifest["resume"]["raw"], manifest["resume"]["folder"], manifest["resume"]["file"])
    design = manifest["designs"][0]
    (kind, wanted) = next(iter(named.items()))
    parts: list[str] = []
    for policy in manifest["policies"]:
        outcome = simulate(
            scenario, policy, seed=manifest["seed"], draw=draw, design=design,
            years=manifest["last_year"] - manifest["base_year"], records="all",
        )  # fmt: skip
        digest = manifest["digests"].get(f"{design}/{policy}/{draw}")
        if digest is not None and digest != outcome.facts["digest"]:
            raise RunError(
                "RUN-CHANGED", "程序或数据已改变，无法重现当时的推演", "the program or its data have changed: the run cannot be made again",
                where=str(folder), mend_zh="请用当时的版本，或重新运行", mend_en="use the version it was made with, or run it again",
            )  # fmt: skip
        agent = _identity(kind, wanted, outcome)
        if agent is None:
            continue
        parts.append(_story(kind, agent, outcome, scenario, tongue))
    if not parts:
        raise ConfigError(
            "EXPLAIN-UNKNOWN", f"这次推演里没有 {wanted}", f"{wanted} is not in this run", where=f"--{kind}",
            mend_zh="编号见 schools.parquet、records.parquet", mend_en="ids are in schools.parquet and records.parquet",
        )  # fmt: skip
    return "\n\n".join(parts)


def _identity(kind: str, wanted: int | str, outcome: Outcome) -> int | None:
    facts = outcome.facts
    if kind == "school":
        for lang in ("zh", "en"):
            if wanted in facts["pseudonyms"][lang]:
                return int(facts["school_id"][facts["pseudonyms"][lang].index(wanted)])
    try:
        number = int(wanted)
    except ValueError:
        return None
    if kind == "school":
        return number if number in facts["school_id"] else None
    if kind == "group":
        return number if number in facts["group_id"] else None
    seen = any((rows["agent_type"] == AGENT_TYPES.index("teacher")) [rows["agent"] == number].any() for _, rows in outcome.records)
    return number if seen or number in facts["teacher_id"] else None


def _school_name(outcome: Outcome, school_id: int, lang: str) -> str:
    ids = outcome.facts["school_id"]
    return str(outcome.facts["pseudonyms"][lang][ids.index(school_id)]) if school_id in ids else str(school_id)


def _story(kind: str, agent: int, outcome: Outcome, scenario: Scenario, lang: str) -> str:
    policy = scenario.policy(outcome.policy)
    name = policy.name_zh if lang == "zh" else policy.name_en
    words = {"teacher": ("教师", "teacher"), "school": ("学校", "school"), "group": ("教共体", "group")}[kind]
    who = _school_name(outcome, agent, lang) if kind == "school" else str(agent)
    lines = [f"== {name} · {words[0] if lang == 'zh' else words[1]} {who}"]
    schools = set(outcome.facts["school_id"])
    for year, rows in outcome.records:
        mine = rows["agent_type"] == AGENT_TYPES.index(kind)
        keep = mine & (rows["agent"] == agent)
        if kind == "school":
            keep |= np.isin(rows["event"], _TEACHER_EVENTS) & ((rows["source"] == agent) | (rows["target"] == agent))
        if kind == "group":
            keep |= (rows["agent_type"] == AGENT_TYPES.index("school")) & (rows["source"] == agent)
        lines += _lines(rows[keep], year, kind, agent, outcome, schools, lang)
    if kind == "school":
        lines += _levels(agent, outcome, lang)
    if len(lines) == 1:
        lines.append("没有记录在案的决定" if lang == "zh" else "no decision on record")
    return "\n".join(lines)


_TEACHER_EVENTS = [i for i, (rule, *_) in enumerate(EVENTS.values()) if rule in ("workforce", "rotation", "appraisal")]


def _lines(
    rows: Any, year: int, kind: str, agent: int, outcome: Outcome, schools: set[int], lang: str
) -> list[str]:
    """Return one line an event; a school's teacher events are counted by kind and direction."""
    names = list(EVENTS)
    out: list[str] = []
    if kind == "school":
        groups: dict[tuple[int, int], int] = {}
        for row in rows:
            if AGENT_TYPES[row["agent_type"]] == "teacher":
                key = (int(row["event"]), 1 if row["target"] == agent else -1)
                groups[key] = groups.get(key, 0) + 1
        for (event, way), n in sorted(groups.items()):
            _, clause, zh, en = EVENTS[names[event]]
            sign = "+" if way > 0 else "-"
            out.append(f"  {year}  {zh if lang == 'zh' else en}: {sign}{n}" + (f"  [{clause}]" if clause else ""))
        rows = rows[rows["agent_type"] != AGENT_TYPES.index("teacher")]
    for row in rows:
        _, clause, zh, en = EVENTS[names[row["event"]]]
        text = zh if lang == "zh" else en
        ends = [_school_name(outcome, int(v), lang) if int(v) in schools else "" for v in (row["source"], row["target"])]
        if kind == "group" and AGENT_TYPES[row["agent_type"]] == "school":
            ends = [_school_name(outcome, int(row["agent"]), lang), ""]
        if kind == "group" and AGENT_TYPES[row["agent_type"]] == "group":
            ends = ["", ""]
        path = " → ".join(e for e in ends if e)
        amount = f"  {row['amount']:,.0f}" if row["amount"] else ""
        out.append(f"  {year}  {text}" + (f": {path}" if path else "") + amount + (f"  [{clause}]" if clause else ""))
    return out


def _levels(school: int, outcome: Outcome, lang: str) -> list[str]:
    from edusim.measures import SCHOOL_COLUMNS

    shown = ("n_pupils", "mean_achievement", "quality_mean", "management", "reputation", "n_serving")
    names = {
        "n_pupils": ("学生", "pupils"), "mean_achievement": ("学业均值(SD)", "achievement (SD)"),
        "quality_mean": ("教师质量", "teacher quality"), "management": ("管理", "management"),
        "reputation": ("口碑", "reputation"), "n_serving": ("在岗教师", "teachers"),
    }  # fmt: skip
    place = outcome.facts["school_id"].index(school)
    head = "  " + ("年份" if lang == "zh" else "year") + "  " + "  ".join(names[c][0 if lang == "zh" else 1] for c in shown)
    out = [head]
    for year in outcome.years:
        values = [year.schools[SCHOOL_COLUMNS.index(c), place] for c in shown]
        out.append(f"  {year.year}  " + "  ".join(f"{v:.0f}" if c.startswith("n_") else f"{v:+.3f}" for c, v in zip(shown, values, strict=True)))
    return out
