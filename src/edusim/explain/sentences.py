"""Sentences in Chinese and English from what is told: full ones, for someone who knows the policy and not the code."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from edusim.explain.facts import Draw, Told, Value, document_name
from edusim.language.explain import TEXT, UNITS
from edusim.rules.context import EVENTS
from edusim.state import SUBJECTS

#: Teachers named one by one in a story of a school or a group.
NAMED = 12


def number(value: float, digits: int | None = None) -> str:
    """Return a number as a reader writes it: thousands marked, a true minus, no needless digits."""
    if digits is None:
        digits = 0 if abs(value - round(value)) < 1e-9 or abs(value) >= 1000 else 2 if abs(value) >= 1 else 4
    text = f"{abs(value):,.{digits}f}"
    if digits and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 and float(text.replace(",", "")) != 0 else text


def percent(value: float) -> str:
    """Return a share in per cent."""
    return f"{100.0 * value:.2g}%" if 0.0 < abs(value) < 0.01 else f"{100.0 * value:.3g}%"


class Words:
    """Writes sentences in one language about one policy's run.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.
    names
        Pseudonym of every school by id.
    modes
        Name of every mode by its place, the law in force first.
    seed
        Seed of the run, as the user gave it.
    events
        Kinds of decision that the scenario's extensions record, see :func:`edusim.extensions.events`.
    """

    def __init__(
        self, lang: str, names: Mapping[int, str], modes: Sequence[str], seed: int = 0,
        events: Mapping[str, tuple[str, str, str, str]] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self.events = events
        self.lang, self.names, self.modes, self.seed = lang, names, modes, seed
        self.text = {key: both[0 if lang == "zh" else 1] for key, both in TEXT.items()}
        self._told: dict[str, Any] = {}

    def say(self, key: str, /, **values: Any) -> str:
        """Return the catalogue's text with its places filled."""
        return self.text[key].format(**values)

    def school(self, identity: int) -> str:
        """Return a school's pseudonym, as it stands in a sentence."""
        return self.say("named", name=self.names[identity]) if identity in self.names else self.text["no_school"]

    def listed(self, items: Iterable[Any]) -> str:
        """Return items joined as a list."""
        return self.text["list"].join(map(str, items))

    def mode(self, place: int) -> str:
        """Return the name of a mode."""
        return self.modes[place] if 0 <= place < len(self.modes) else str(place)

    # ------------------------------------------------------------------------------------------- sources

    def cites(self, values: Iterable[Value]) -> str:
        """Return clauses as they are cited, the document once for all that follow from it."""
        found, last = [], ""
        for value in values:
            found.append(self.cite(value, value.reference.document != last))
            last = value.reference.document
        return self.text["join"].join(dict.fromkeys(found))

    def cite(self, value: Value, with_document: bool = True) -> str:
        """Return a clause as it is cited: document, heading, words, rows of the register."""
        reference = value.reference
        document = self.say("document", name=document_name(reference.document, self.lang)) if with_document else ""
        return self.say(
            "cite", document=document,
            clause=reference.clause, quote=self.say("cite_quote", quote=reference.quote) if reference.quote else "",
            rows=self.say("cite_rows", rows=self.listed(reference.rows)) if reference.rows else "",
        ).strip()  # fmt: skip

    def amount(self, value: Value) -> str:
        """Return a value with its unit."""
        d, v = value.declaration, value.value
        if d.type == "enum":
            word = d.words[int(v)]
            return self.text.get(f"word.{word}", word)
        if d.type == "bool":
            return self.text["yes" if v else "no"]
        if d.unit.startswith("share") and 0.0 <= v <= 1.0:
            return percent(v)
        if self.lang == "zh":
            fits = [u for u in UNITS if d.unit.startswith(u)]
            return number(v) + (UNITS[max(fits, key=len)] if fits else f" {d.unit}")
        unit = "years" if d.unit.startswith("years") else d.unit.partition(" (")[0]
        return f"{number(v)} {unit[:-1] if v == 1 and unit in ('years', 'schools') else unit}"

    def value(self, value: Value, is_bare: bool = False) -> str:
        """Return a value that held: name, number, path, whose it is, what was assumed."""
        d = value.declaration
        if value.whose == "user":
            whose = self.text["whose.user"]
        else:
            # A number of the law in force that no text gives is as much an assumption as a policy's.
            whose = self.text["whose.law" if value.whose == "law" and value.status == "clause" else f"whose.{value.status}"]
        note = value.reference.note_zh if self.lang == "zh" else value.reference.note_en
        note = self.say("note", note=note) if note and value.whose == "policy" else ""
        if is_bare:
            return self.say("bare", value=self.amount(value), path=d.path, whose=whose, note=note)
        name = d.description_zh if self.lang == "zh" else d.description_en
        return self.say("value", name=name, value=self.amount(value), path=d.path, whose=whose, note=note)

    def draw(self, draw: Draw, kind: str) -> str:
        """Return a draw: what for, its key, the number, and what it decided."""
        chance = draw.chance
        what = f"what.{chance.process}"
        if chance.k:
            what = f"{what}.{chance.k}"
        if chance.process == "rotation.volunteer" and chance.kind == "uniform":
            what = f"{what}.up"
        year = self.text["draw_timeless"] if chance.is_timeless else self.say("draw_year", year=draw.year)
        if chance.who.startswith("unit"):
            who = self.say("draw_unit" if draw.ids >= 0 else "draw_unit_up", id=number(draw.ids), unit=-2 - draw.ids)
        else:
            who = self.say(f"draw_{kind}", id=draw.ids)
        if draw.ids2 is not None:
            with_whom = "draw_with_unit" if chance.who == "agent unit" else "draw_with_school"
            who += self.say(with_whom, id2=draw.ids2, school=self.school(draw.ids2))
        key = self.say("draw_key", seed=self.seed, year=year, who=who, k=self.say("draw_k", k=chance.k) if chance.k else "")
        held, digits = "", 4
        if draw.holds is True:
            so = self.text[f"so.{chance.process}"]
            digits = 4 if round(draw.number, 4) != round(draw.limit or 0.0, 4) else 8
            held = self.say(f"held.{chance.sense}", limit=number(draw.limit or 0.0, digits), so=so)
        elif draw.whole is not None:
            held = self.say("held.round", limit=number(draw.limit or 0.0, 2), number=number(draw.number, 4), whole=draw.whole)
        return self.say(
            "draw", what=self.text.get(what, chance.process), process=chance.process, key=key,
            number=number(draw.number, digits), held=held,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------- paragraphs

    def paragraph(self, told: Told, seen_from: int = -1) -> list[str]:
        """Return the lines that tell one decision.

        Parameters
        ----------
        told
            The decision.
        seen_from
            The school whose story it is, -1 in other stories.
        """
        label, rows = self._label(told.event)
        one = len(told.agents) == 1 and (told.kind != "teacher" or bool(told.facts))
        sentence = self._one(told) if one else self._many(told, seen_from)
        head = self.say("label" if rows else "label_plain", label=label, rows=rows, sentence=sentence)
        below: list[str] = []
        quota = self.quota(told)
        why = self.why(told)
        if why:
            below.append(self.say("why", text=self.text["join"].join(why)) + self.text["stop"])
        if quota:
            below.append(quota + self.text["stop"])
        if told.draws:
            below.append(self.say("draws", text=self.text["join"].join(self.draw(d, told.kind) for d in told.draws)) + self.text["stop"])
        return [f"  • {head}", *(f"      {line}" for line in [*below, *self._sources(told)])]

    def _label(self, event: str) -> tuple[str, str]:
        if event in self.events:
            return self.events[event][2 if self.lang == "zh" else 3], self.events[event][1]
        if event not in EVENTS:
            return self.text[f"label.{event}"], ""
        _, rows, chinese, english = EVENTS[event]
        return (chinese if self.lang == "zh" else english), rows

    def _sources(self, told: Told) -> list[str]:
        values = [self.value(v) for v in told.values]
        cites = self.cites(told.clauses)
        key = (tuple(values), cites)
        if self._told.get(told.event) == key:
            return []
        self._told[told.event] = key
        join = self.text["join"]
        lines = [self.say("by", text=cites) + self.text["stop"] if cites else self.uncited(told.values)]
        if values:
            lines.append(self.say("values", text=join.join(values)) + self.text["stop"])
        return lines

    def uncited(self, values: Iterable[Value]) -> str:
        """Return what carries a decision for which no clause can be cited."""
        return self.text["by_user" if any(v.whose == "user" for v in values) else "by_law"]

    def _many(self, told: Told, seen_from: int) -> str:
        source, target = (school in self.names for school in told.schools)
        if source and target:
            way = "out" if told.source == seen_from else "in" if told.target == seen_from else "between"
        else:
            way = "from" if source and told.source != seen_from else "to" if target and told.target != seen_from else ""
        places = {"source": self.school(told.source), "target": self.school(told.target)}
        who = self.listed(told.agents[:NAMED])
        if len(told.agents) > NAMED:
            who += self.say("and_more", n=len(told.agents))
        special = f"way.{way}.{told.event}"
        way = special if special in self.text else f"way.{way}"
        return self.say("many", way=self.say(way, **places) if way in self.text else "", n=len(told.agents), who=who)

    def _one(self, told: Told) -> str:
        facts, before, after = told.facts, told.facts.get("before", {}), told.facts.get("after", {})
        values: dict[str, Any] = {
            "source": self.school(told.source), "target": self.school(told.target), "source_id": told.source,
            "target_id": told.target, "id": told.agents[0], "mode_source": self.mode(told.source), "mode_target": self.mode(told.target),
            "points": number(100.0 * told.amount, 1),
            "agent": self.school(told.agents[0]), "amount": number(told.amount), "mode": self.mode(told.mode),
            "age": before.get("age", ""), "next": next((number(v.value) for v in told.values if v.path == "staffing.retire_age"), ""),
            "subject": self.text[f"subject.{SUBJECTS[after['subject']]}"] if "subject" in after else "",
            "title": self.text.get(f"title.{int(told.amount)}", ""), "classes": facts.get("classes", ""),
            "years": facts.get("years_on_par", ""), "km": number(facts.get("core_km", 0.0), 1),
            "rise": number(facts.get("z_rise", 0.0), 1), "z": number(facts.get("z", 0.0), 1),
        }  # fmt: skip
        if told.event in ("send_down", "send_up"):
            moved = next((v.value for v in told.values if v.path == "rotation.transfer_posts"), 0.0)
            values["post"] = self.text["post.moved" if moved else "post.kept"]
        if told.event in ("form", "end", "rotation", "waiting"):
            values |= self._of_group(told)
        if told.event == "purchase":
            values["split"] = self._split(told)
        key = f"one.{told.event}"
        if key not in self.text:
            return self._other(told)
        return self.say(key, **values)

    def _other(self, told: Told) -> str:
        """Tell an event that has no sentence of its own: its places and its amount."""
        places = [self.school(i) for i in told.schools if i in self.names]
        if told.kind == "school" and not places:
            places = [self.school(told.agents[0])]
        amount = f" {number(told.amount)}" if told.amount else ""
        return self.say("one.other", places=(" → ".join(places)), amount=amount)

    def _of_group(self, told: Told) -> dict[str, str]:
        facts, unit = told.facts, told.unit
        members = unit.members if unit is not None else facts.get("inside", ())
        core = unit.core if unit is not None else facts.get("core", -1)
        reason = ""
        if told.event == "end":
            term = next((v.value for v in told.values if v.path == "groups.term_years"), 0.0)
            why = "policy" if not facts["in_force"] else "term" if term and facts["years"] >= term else "target"
            reason = self.say(f"end.{why}", years=facts["years"])
        return {"core": self.school(core), "members": self.listed(map(self.school, members)), "reason": reason}

    def _split(self, told: Told) -> str:
        """Return how a school's money was split, from the shares that held."""
        share = {v.path: v.value for v in told.values}
        parts = split_of(told.amount, share)
        lines = self.lines()
        return self.text["join"].join(
            self.say("yuan.part", label=lines[line], amount=number(yuan, 0)) for line, yuan in parts.items() if yuan >= 0.5
        )

    def lines(self) -> dict[str, str]:
        """Return the names of the lines of the accounts."""
        from edusim.rules.context import LINES

        return {key: zh_name if self.lang == "zh" else en_name for key, (_, zh_name, en_name) in LINES.items()}

    def why(self, told: Told) -> list[str]:
        """Return the reasons of a decision, as far as facts are at hand."""
        facts = told.facts
        before, after = facts.get("before", {}), facts.get("after", {})
        say, event = self.say, told.event
        if event == "waiting":
            share = next((v.value for v in told.values), 0.0)
            return [say("why.waiting", share=percent(share), n_groups=facts["n_groups"], n_acting=facts["n_acting"],
                        mode=self.mode(told.mode), gap=number(facts["gap"], 3))]  # fmt: skip
        if event == "form":
            return [say("why.form", n_groups=facts["n_groups"], n_acting=facts["n_acting"], mode=self.mode(told.mode), gap=number(facts["gap"], 3))]
        if told.kind != "teacher" or not facts:
            return []
        if event == "resign" and facts.get("leave_chance") is not None:
            forced = self.text["why.forced_word"] if before.get("is_forced") else ""
            return [say("why.resign", chance=percent(facts["leave_chance"]), forced=forced)]
        if event in ("move_up", "move") and facts.get("upward_chance") is not None:
            return [say("why.move_up", chance=percent(facts["upward_chance"]))]
        if event == "hire":
            unpaid = [self.text["why.stayed_unpaid"]] if facts.get("stayed_unpaid") else []
            return [say("why.hire", n=facts["n_applicants"], rank=facts["exam_rank"]), *unpaid]
        if event == "substitute" and facts.get("is_cover"):
            return [self.text["why.cover"]]
        if event in ("send_down", "unfunded") and "wish" in facts:
            return self._why_sent(told)
        if event in ("promote", "promote_quota_free", "promote_pooled") and before:
            return [say("why.promote", rank_years=before["rank_years"], weak_years=before["weak_years"],
                        excellent=after["excellent_years"], appraisal=number(after["appraisal"], 2))]  # fmt: skip
        if event == "name_backbone" and after:
            return [say("why.name_backbone", excellent=after["excellent_years"], appraisal=number(after["appraisal"], 2))]
        if event == "mentor" and before:
            return [say("why.mentor", experience=number(before["experience"], 0))]
        if event in ("return", "recompete", "lose_rank", "substitute"):
            return [self.text[{"lose_rank": "why.recompete"}.get(event, f"why.{event}")]]
        return []

    def _why_sent(self, told: Told) -> list[str]:
        facts = told.facts
        chance = next((d.number for d in told.draws if d.chance.sense == "willing"), 0.0)
        order, wish = facts["order"], facts["wish"]
        kind = "duty" if order > 1e5 else "willing" if wish > 0.0 else "forced"
        found = [
            self.say(f"why.{kind}", wish=number(wish, 2), own=number(wish - chance, 2), chance=number(chance, 2))
            if kind != "duty" else self.text["why.duty"],
            self.say("why.rank", rank=facts["rank"], candidates=facts["candidates"]),
        ]  # fmt: skip
        if facts["before"].get("is_backbone"):
            found.append(self.text["why.backbone"])
        return found

    def quota(self, told: Told) -> str:
        """Return the sentence of a unit's quota, with what kept it from being met."""
        unit = told.unit
        if unit is None or told.event not in ("send_down", "unfunded", "rotation") or (told.event != "rotation" and not told.facts):
            return ""
        by_law = unit.by_law > unit.share * unit.base_number / unit.divisor + 1e-9
        divided = self.say("quota_divided", divisor=number(unit.divisor)) if unit.divisor != 1.0 else ""
        text = self.say(
            "quota_by_law" if by_law and unit.mode else "quota", promised=unit.promised,
            whole=self.text["whole.group" if unit.mode else "whole.pairing"],
            base=self.text[f"base.{unit.base}"], number=unit.base_number, share=percent(unit.share), divided=divided,
            quota=number(unit.quota, 2), sent=unit.sent,
        )  # fmt: skip
        if told.event != "rotation":
            return text
        text += self.say("quota_why", candidates=unit.candidates, willing=unit.willing, forced=unit.forced)
        if unit.proposed < unit.promised:
            text += self.text["quota_short_pool" if unit.candidates < unit.promised else "quota_short_will"]
        if unit.proposed > unit.sent:
            text += self.say("quota_short_money", n=unit.proposed - unit.sent)
        return text

    def levels(self, rows: Sequence[tuple[int, Mapping[str, float]]]) -> list[str]:
        """Return a school's table of levels, a line a year."""
        from edusim.report.tables import pad, width_of

        columns = ("n_pupils", "n_serving", "mean_achievement", "quality_mean", "management", "reputation")
        table = [[self.text["level.year"], *(self.text[f"level.{c}"] for c in columns)]]
        for year, values in rows:
            shown = [number(values[c], 0 if c.startswith("n_") else 3) if math.isfinite(values[c]) else "" for c in columns]
            table.append([str(year), *shown])
        widths = [max(width_of(line[i]) for line in table) for i in range(len(table[0]))]
        body = ["    " + "  ".join(pad(c, w, right=True) for c, w in zip(line, widths, strict=True)) for line in table]
        return [f"  {self.text['levels']}", *body]


def split_of(amount: float, share: Mapping[str, float]) -> dict[str, float]:
    """Return a sum of what is left of the fund by line, by the shares that held; the parts add up to it."""
    equipment_share, building_share = share["finance.equipment_share"], share["finance.building_share"]
    scale = max(1.0, equipment_share + building_share)
    equipment, building = amount * equipment_share / scale, amount * building_share / scale
    rooms, sports = equipment * share["finance.room_share"], building * share["finance.sports_share"]
    return {
        "projects": amount - equipment - building, "equipment": equipment - rooms, "rooms": rooms,
        "buildings": building - sports, "sports": sports,
    }  # fmt: skip
