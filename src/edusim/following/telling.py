"""What is followed, in computed words: who the three are, which clauses part the modes, and the story of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim import explain
from edusim.explain.facts import Teller, Value
from edusim.following import FIRST_YEARS, Followed, Life
from edusim.language import text
from edusim.policy_words import value_text
from edusim.report.style import number
from edusim.rules.context import EVENT_CODES
from edusim.state import SUBJECTS, TITLES

if TYPE_CHECKING:
    from collections.abc import Sequence


def _say(key: str, lang: str, **values: object) -> str:
    return text(f"following.{key}", lang, **values)


def _mode(followed: Followed, key: str, lang: str) -> str:
    known = followed.scenario.policy(key)
    return (known.name_zh if lang == "zh" else known.name_en).removesuffix("教共体").removesuffix(" groups").removesuffix(" group")


def who(followed: Followed, lang: str) -> str:
    """Return who is followed, and by which rule each was chosen, in Markdown."""
    chosen, years = followed.chosen, followed.years
    life = next(iter(followed.lives.values()))
    level, columns = life.levels[years[0]], next((life.teacher_years[y] for y in years if life.teacher_years[y]), {})
    state = {"age": columns.get("age", "–"), "subject": "–", "title": "–"}
    if columns:
        state["subject"] = text(f"explain.subject.{SUBJECTS[int(columns['subject'])]}", lang)
        state["title"] = _say(f"teacher.rank.{TITLES[int(columns['title'])]}", lang)
    lines = [
        _say("who.school", lang, school=followed.name(chosen.school, lang), pupils=number(level["pupils"], 0), staff=number(level["staff"], 0),
             core=followed.name(chosen.core, lang), n=chosen.candidates),
        _say("who.teacher", lang, id=chosen.teacher, years=FIRST_YEARS, **state),
        _say("who.child", lang, year=years[0], ses=number(chosen.ses, 2, signed=True)),
    ]  # fmt: skip
    mark = text("explain.list", lang)
    counts = mark.join(_say("who.count", lang, policy=_mode(followed, key, lang), n=_sent(one, chosen.core)) for key, one in followed.lives.items())
    lines.append(_say("who.sent", lang, first=years[0], last=years[-1], counts=counts))
    return "\n\n".join(lines)


def _sent(life: Life, core: int) -> int:
    """Return how many teachers of a core went to members, each counted once."""
    found: set[int] = set()
    for _, rows in life.outcome.records:
        found.update(rows["agent"][(rows["event"] == EVENT_CODES["send_down"]) & (rows["source"] == core)].tolist())
    return len(found)


def _held(followed: Followed, year: int) -> list[tuple[Value, list[Value]]]:
    """Return (value under the law, values under each of the modes) of every parameter in which the modes differ from one another."""
    base, *modes = followed.lives
    tellers = {key: Teller(life.outcome, life.witness, followed.scenario.parameters(key)) for key, life in followed.lives.items()}
    found = []
    for path in tellers[base].parameters.known:
        law, own = tellers[base].value(path, year, 0), [tellers[key].value(path, year, 1) for key in modes]
        values = [value for value in own if value is not None]
        if law is not None and len(values) == len(modes) and len({value.value for value in values}) > 1:
            found.append((law, values))
    return found


def apart(followed: Followed, year: int, lang: str) -> str:
    """Return the parameters in which the modes differ from one another in a year: the law's value, theirs, the clauses; in Markdown.

    Parameters
    ----------
    followed
        See :func:`edusim.following.follow`; the first policy is the law in force.
    year
        School year.
    lang
        ``zh`` or ``en``.
    """
    modes = list(followed.lives)[1:]
    rows = _held(followed, year)
    written = sum(all(v.status == "clause" for v in values) for _, values in rows)
    ours = sum(all(v.status == "assumption" for v in values) for _, values in rows)
    head = _say("clauses.head", lang, modes="|".join(_mode(followed, key, lang) for key in modes)).split("|")
    lines = [_say("clauses.count", lang, n=len(rows), year=year, clauses=written, assumptions=ours), "", _row(head), _row(["---"] * len(head))]
    for law, values in rows:
        name = law.declaration.description_zh if lang == "zh" else law.declaration.description_en
        is_ours = [v.whose == "policy" and v.status == "assumption" for v in values]
        shown = [value_text(v.declaration, v.value, lang) + _say("clauses.ours", lang) * ours for v, ours in zip(values, is_ours, strict=True)]
        cited = dict.fromkeys(v.reference.clause for v in values if v.is_cited)
        lines.append(_row([name, value_text(law.declaration, law.value, lang), *shown, (", " if lang == "en" else "、").join(cited)]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def story(followed: Followed, policy: str, kind: str, lang: str, year: int | None = None) -> str:
    """Return what happened to the school or the teacher under a policy, and why: clauses, values, lots (:mod:`edusim.explain`); in Markdown."""
    life = followed.lives[policy]
    agent = followed.chosen.teacher if kind == "teacher" else followed.chosen.school
    told = explain.of_run(followed.scenario, life.outcome, life.witness, kind=kind, agent=agent, year=year, seed=followed.seed, lang=lang)
    lines = []
    for line in told.splitlines():
        body = line.strip()
        if line.startswith("=="):
            lines += [f"**{body.strip('= ')}**", ""]
        elif body.startswith("•"):
            lines += ["", f"- {body[1:].strip()}"]
        elif line.startswith("      "):
            lines.append(f"  - {body}")
        else:
            lines += ["", body] if body else []
    return "\n".join(lines)


def first_sent(followed: Followed) -> int:
    """Return the first year in which the teacher is away on rotation under some policy; the first year where that never happens."""
    years = [
        year for life in followed.lives.values() for year, row in life.teacher_years.items() if row and row["origin"] >= 0 and row["post"] != row["origin"]
    ]  # fmt: skip
    return int(np.min(years)) if years else followed.years[0]


__all__ = ["apart", "first_sent", "story", "who"]
