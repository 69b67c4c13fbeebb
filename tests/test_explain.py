"""Explanations: clauses, values and draws shown are those that decided; the accounts add up; sentences stand."""

from __future__ import annotations

import ast
import json
import math
import re
import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edusim
from edusim import cli, draws
from edusim.errors import ConfigError
from edusim.explain import as_data, explain
from edusim.explain.facts import Teller, Told, draw_again
from edusim.explain.sentences import Words, number, split_of
from edusim.explain.witness import Witness
from edusim.language.explain import TEXT, UNITS
from edusim.model import County
from edusim.rules.context import EVENTS, LINES
from edusim.rules.decisions import DECISIONS, SPENDING, Chance
from edusim.scenario import Scenario, load

SOURCE = Path(edusim.__file__).parent
YEARS = 4

pytestmark = pytest.mark.usefixtures("no_pictures")  # no story is told from a picture


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("small").with_({"years": YEARS, "design": "feasible"})


@pytest.fixture(scope="module")
def folder(small: Scenario, no_pictures: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "run"
    edusim.compare(small, policies=["status_quo", "fusion"], draws=2, designs=("feasible",)).save(path)
    return path


@pytest.fixture(scope="module")
def seen(small: Scenario) -> tuple[County, Witness]:
    """A county under the fused mode that ran while a witness, who follows nobody, looked on."""
    witness = Witness()
    county = County(small, "fusion", records="all")
    county.watch = witness
    for _ in range(YEARS):
        county.step()
    return county, witness


def records(small: Scenario, draw: int = 0) -> Any:
    return edusim.run(small, policy="fusion", draw=draw, records="all").records


# ---------------------------------------------------------------------------------------------- the table


def test_every_event_says_what_decides_it() -> None:
    lacking = sorted(set(EVENTS) - set(DECISIONS) - {"closed"})  # pupils who graduate: told of no teacher, school or group
    assert not lacking, f"rules/decisions.py has no row for: {', '.join(lacking)}"
    assert set(DECISIONS) <= set(EVENTS)


def test_every_row_names_what_exists(small: Scenario) -> None:
    for event, row in DECISIONS.items():
        assert not [p for p in (*row.clauses, *row.values) if p not in small.known], event
        for chance in row.chances:
            assert chance.process in draws.PROCESSES, event
            assert chance.kind in ("uniform", "normal", "gumbel")
    assert set(SPENDING) <= set(LINES)
    for line, spending in SPENDING.items():
        assert not [p for p in (*spending.clauses, *spending.price) if p not in small.known], line
        assert not spending.price or f"unit.{spending.unit}" in TEXT, line


def test_every_line_that_a_rule_pays_has_a_row() -> None:
    paid: set[str] = set()
    for file in (SOURCE / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("pay", "pay_each", "pay_ordinary"):
                paid |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    assert len(paid) >= 6
    assert not sorted(paid - set(SPENDING)), "rules/decisions.py SPENDING lacks these lines"


def test_both_catalogues_say_the_same_things() -> None:
    for key, both in TEXT.items():
        zh, en = ({name for _, name, _, _ in string.Formatter().parse(one) if name} for one in both)
        assert zh >= en or en >= zh, key
        assert not re.search("[\u4e00-\u9fff]", both[1]), key


def test_every_event_has_a_sentence_and_every_draw_a_word() -> None:
    for event in DECISIONS:
        assert f"one.{event}" in TEXT, event
    for row in DECISIONS.values():
        for chance in row.chances:
            key = f"what.{chance.process}" + (f".{chance.k}" if chance.k else "")
            assert key in TEXT, key
            if chance.sense in ("<", ">="):
                assert f"so.{chance.process}" in TEXT


def test_units_of_shown_values_have_chinese_words(small: Scenario) -> None:
    shown = {p for row in DECISIONS.values() for p in row.values} | {p for s in SPENDING.values() for p in s.price}
    for path in shown:
        d = small.known[path]
        if d.type in ("enum", "bool") or d.unit.startswith("share"):
            continue
        assert any(d.unit.startswith(u) for u in UNITS), f"{path}: no Chinese word for the unit {d.unit}"


def test_an_event_without_a_row_is_told_by_its_name_and_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EVENTS, "novel", ("workforce", "M-55", "县内调剂", "reassigned in the county"))
    told = Told(2027, "novel", "teacher", (7,), 1, 2, 0.0, 0)
    told.facts["before"] = {}
    for lang, name, other in (("zh", "县内调剂", "甲校"), ("en", "reassigned in the county", "A")):
        lines = Words(lang, {1: other, 2: "B"}, ["law"]).paragraph(told)
        assert name in lines[0] and "M-55" in lines[0] and other in lines[0] and "B" in lines[0]
        assert len(lines) > 1, "and by what it is carried"


# ------------------------------------------------------------------------------------ numbers that decide


def test_probabilities_shown_decide_who_leaves(small: Scenario) -> None:
    left = looked = 0
    county = County(small, "fusion", records="all")

    def watch(phase: str, year: Any) -> None:
        nonlocal left, looked
        teachers = year.state.teachers
        if phase == "staff":
            watch.ids, watch.on = teachers.id.copy(), teachers.serving.copy()  # type: ignore[attr-defined]
        if phase == "send":
            ids, on = watch.ids, watch.on  # type: ignore[attr-defined]
            chance = year.notes.chance
            u = draws.uniform(year.seed, "workforce.leave", year.year, ids)
            asked = on & np.isfinite(chance[0])
            rows = year.records.rows()
            codes = list(EVENTS)
            resigned = rows["agent"][rows["event"] == codes.index("resign")]
            assert set(ids[asked & (u < np.nan_to_num(chance[0]))]) == set(resigned)
            up = rows["agent"][np.isin(rows["event"], [codes.index("move_up"), codes.index("move")])]
            v = draws.uniform(year.seed, "workforce.upward", year.year, ids)
            willing = np.isfinite(chance[1]) & (v < np.nan_to_num(chance[1]))
            assert set(up) <= set(ids[willing])
            left, looked = left + len(resigned), looked + int(willing.sum())

    county.watch = watch
    for _ in range(YEARS):
        county.step()
    assert left > 5 and looked > 0


def test_quota_and_lot_shown_give_the_number_promised(seen: tuple[County, Witness]) -> None:
    _, witness = seen
    n = 0
    for year, facts in witness.years.items():
        for unit in facts.units:
            lot = draws.uniform(facts.seed, "rotation.round", year, [unit.unit_id])[0]
            assert int(unit.quota + lot) == unit.promised, (year, unit)
            assert unit.sent <= unit.promised
            n += unit.promised
    assert n > 10


def test_a_watched_run_is_the_same_run(small: Scenario, seen: tuple[County, Witness]) -> None:
    plain = County(small, "fusion", records="counts")
    for _ in range(YEARS):
        plain.step()
    assert plain.state.digest() == seen[0].state.digest()


def told_of(folder: Path, small: Scenario, event: str, draw: int = 0) -> dict[str, Any] | None:
    rows = records(small, draw)
    rows = rows[(rows["event"] == event) & (rows["agent_type"] == "teacher")]
    if not len(rows):
        return None
    row = rows.iloc[0]
    data = as_data(folder, teacher=int(row["agent_id"]), policy="fusion", year=int(row["year"]), draw=draw, lang="zh")
    (found,) = [d for d in data["policies"][0]["decisions"] if d["event"] == event]
    return {**found, "text": data["text"], "row": row}


def again(draw: dict[str, Any]) -> float:
    pair = None if draw["id2"] is None else [draw["id2"]]
    key = (draw["seed"], draw["process"], draw["year"], [draw["id"]], pair, draw["k"])
    if draw["kind"] == "normal":
        return float(draws.normal(*key)[0])
    u = float(draws.uniform(*key)[0])
    return u if draw["kind"] == "uniform" else -math.log(-math.log(u))


@pytest.mark.slow
@pytest.mark.parametrize("event", ["send_down", "send_up", "resign", "hire", "promote", "substitute", "retire", "return", "mentor"])
def test_shown_draws_come_from_their_keys_and_hold(event: str, folder: Path, small: Scenario) -> None:
    found = told_of(folder, small, event)
    assert found is not None
    by = {(d["process"], d["kind"]): d for d in found["draws"]}
    assert len(by) == len(DECISIONS[event].chances) - sum(bool(c.given) and (c.process, c.kind) not in by for c in DECISIONS[event].chances)
    for draw in found["draws"]:
        assert again(draw) == draw["number"]
        assert number(draw["number"], 4) in found["text"]
    if event == "resign":
        draw = by["workforce.leave", "uniform"]
        assert draw["number"] < draw["against"] < 0.5
    if event == "send_down":
        exempt, taste = by["rotation.exempt", "uniform"], by["rotation.volunteer", "gumbel"]
        assert exempt["number"] >= exempt["against"] == load("small").parameters("fusion").at(2026)["rotation.exempt_share"]
        willing = taste["against"] + taste["number"] > 0.0
        assert willing != (("rotation.head", "normal") in by), "whoever is unwilling was assigned"
        assert ("由校长指派" in found["text"]) != willing
    assert not re.search(r"\{|\}|\bnan\b|\bNone\b", found["text"])


def test_every_move_of_a_year_was_willing_assigned_or_due(seen: tuple[County, Witness], small: Scenario) -> None:
    # Willingness noted in the loop is what made the choice: nobody unwilling is marked as a volunteer.
    county = County(small, "fusion", records="all")
    checked = 0

    def watch(phase: str, year: Any) -> None:
        nonlocal checked
        if phase != "staff_classes":
            return
        teacher, _, _, direction = year.tally.moves
        wish, order = year.notes.rotation.wish, year.notes.rotation.order
        for i in teacher[direction == 0]:
            w, o = np.nanmax(wish[:, i]), np.nanmax(order[:, i])
            forced = bool(year.state.teachers.is_forced[i])
            assert forced == (w <= 0.0 and o < 1e5)
            checked += 1

    county.watch = watch
    for _ in range(YEARS):
        county.step()
    assert checked > 10


def test_a_gumbel_draw_is_that_of_the_loop() -> None:
    key = draws.key(5, "rotation.volunteer", 2027)
    assert draw_again(Chance("rotation.volunteer", "gumbel"), 5, 2027, 812, 6).number == pytest.approx(draws.gumbel_at(key, 812, 6), rel=1e-12)
    assert draw_again(Chance("workforce.applicant", "normal", is_timeless=True), 5, 2027, 9, None).number == draws.normal(
        5, "workforce.applicant", 0, [9]
    )[0]


# --------------------------------------------------------------------------------------- clauses and values


def test_values_shown_are_the_law_of_the_year(folder: Path, small: Scenario) -> None:
    found = told_of(folder, small, "send_down")
    assert found is not None
    year = int(found["row"]["year"])
    law = small.parameters("fusion").at(year)
    shown = {v["path"]: v for v in found["values"]}
    assert float(shown["rotation.share"]["value"]) == law.by_mode["rotation.share"][1] == 0.15
    assert shown["rotation.share"]["status"] == "assumption" and shown["rotation.share"]["whose"] == "policy"
    assert shown["rotation.backbone_share"]["whose"] == "law"
    clause = found["clauses"][0]
    assert (clause["clause"], clause["quote"], clause["rows"]) == ("四(五)", "三年一轮,一律迁编,期满归队", ["M-48"])
    for words in ("四(五)“三年一轮,一律迁编,期满归队”（M-48）", "人 × 15%", "rotation.share，假定", "任期 3 年，编制随人迁入"):
        assert words in found["text"], words


def test_a_pairing_outside_the_mode_is_told_by_the_law_in_force(folder: Path, small: Scenario) -> None:
    # A member beyond the cap stays under the law: its teachers go for a year, and no clause of the policy is cited.
    rows = records(small)
    out = rows[rows["event"] == "beyond_cap"]
    assert len(out), "the small county has a member beyond the cap"
    moves = rows[(rows["event"] == "send_down") & rows["target"].isin(out["agent_id"])]
    assert len(moves)
    move = moves.iloc[0]
    data = as_data(folder, teacher=int(move["agent_id"]), policy="fusion", year=int(move["year"]), lang="en")
    (told,) = [d for d in data["policies"][0]["decisions"] if d["event"] == "send_down"]
    shown = {v["path"]: v for v in told["values"]}
    assert shown["rotation.term_years"]["value"] == "1" and shown["rotation.term_years"]["whose"] == "law"
    assert move["amount"] == 1
    school = int(out.iloc[0]["agent_id"])
    text = explain(folder, school=school, policy="fusion", year=int(out.iloc[0]["year"]), lang="zh")
    assert "成员校已达上限" in text and "没有纳入" in text and "一所城镇学校与一两所乡镇学校全面重组" in text


def test_a_value_put_in_by_the_user_says_so(small: Scenario) -> None:
    parameters = small.with_({"fusion:rotation.share": 0.1}).parameters("fusion")
    assert parameters.whence("rotation.share", 2026, 1)[0] == "user"
    assert parameters.whence("rotation.share", 2026, 0)[0] == "law"
    assert parameters.whence("rotation.term_years", 2026, 1)[0] == "policy"
    assert parameters.whence("rotation.term_years", 2025, 1)[0] == "law", "not before the policy acts"


def test_a_policy_that_leaves_the_law_is_not_cited(small: Scenario, seen: tuple[County, Witness]) -> None:
    outcome = edusim.run(small, policy="status_quo", records="all").outcomes[0]
    teller = Teller(outcome, Witness(), small.parameters("status_quo"))
    assert not teller.cited(("staffing.joint_hiring", "rotation.term_years"), 2026, 0)


# ------------------------------------------------------------------------------------- schools and groups


def test_a_schools_story_counts_what_the_records_hold(folder: Path, small: Scenario) -> None:
    rows = records(small)
    data = as_data(folder, school="城区初中01", policy="fusion", lang="zh")
    school = data["policies"][0]["school"]
    told = data["policies"][0]["decisions"]
    for event in ("send_down", "send_up", "return", "hire", "retire", "resign"):
        mine = rows[(rows["event"] == event) & ((rows["source"] == school) | (rows["target"] == school))]
        assert sum(len(d["agents"]) for d in told if d["event"] == event) == len(mine), event
    assert [d["year"] for d in told] == sorted(d["year"] for d in told)
    assert "愿意" in data["text"] and "逐年概况" in data["text"]


def test_a_pairing_that_waits_is_told_why(folder: Path, small: Scenario) -> None:
    rows = records(small)
    formed = rows[rows["event"] == "form"]
    first = int(formed["year"].min())
    waiting = next(g for g in (1, 2, 3) if g not in set(formed[formed["year"] == first]["agent_id"]))
    text = explain(folder, group=waiting, policy="fusion", year=first, lang="zh")
    assert "本年未组建" in text and "按覆盖比例 40% 取整" in text and "M-26" in text
    assert "未组建" not in explain(folder, group=waiting, policy="status_quo", lang="zh")


def test_substitutes_who_cover_for_onboarding_say_so(folder: Path, small: Scenario) -> None:
    rows = records(small, 1)
    out = rows[rows["event"] == "onboard"].iloc[0]
    there = rows[(rows["event"] == "substitute") & (rows["year"] == out["year"]) & (rows["target"] == out["source"])]
    told = [explain(folder, teacher=int(t), year=int(out["year"]), policy="fusion", draw=1, lang="zh") for t in there["agent_id"]]
    away = ((rows["event"] == "onboard") & (rows["year"] == out["year"]) & (rows["source"] == out["source"])).sum()
    assert sum("顶替到核心校跟岗的新教师" in t for t in told) == away > 0


def test_a_groups_story_tells_its_quota_and_what_was_left_out(folder: Path, small: Scenario) -> None:
    rows = records(small)
    group = int(rows[rows["event"] == "form"].iloc[0]["agent_id"])
    first = int(rows[rows["event"] == "form"].iloc[0]["year"])
    text = explain(folder, group=group, policy="fusion", year=first, lang="en")
    for words in ("group formed", "Quota of the group", "the group's lot for its quota", "M-05"):
        assert words in text, words
    data = as_data(folder, group=group, policy="fusion", lang="en")["policies"][0]["decisions"]
    mentors = rows[(rows["event"] == "mentor") & (rows["source"] == group)]
    assert sum(len(d["agents"]) for d in data if d["event"] == "mentor") == len(mentors)
    assert all(d["from"] is None for d in data if d["event"] == "mentor"), "a group's id is no school's"


# ------------------------------------------------------------------------------------------------- money


@pytest.mark.slow
@pytest.mark.parametrize("fund", [50_000_000, 15_000_000, 0])
def test_each_yuan_is_told_once(fund: int, small: Scenario, tmp_path: Path) -> None:
    scenario = small.with_({"years": 3, "fusion:finance.fund_yuan_year": fund})
    run = edusim.run(scenario, policy="fusion", records="all")
    run.save(tmp_path / "run")
    data = as_data(tmp_path / "run", yuan=True, lang="zh")
    measures = run.measures
    for book in data["policies"][0]["accounts"]:
        spent = math.fsum(line["paid"] for line in book["lines"])
        assert spent == pytest.approx(book["spent"], abs=0.01)
        assert book["fund"] == pytest.approx(fund * 0.03)
        assert math.fsum(line["asked"] - line["paid"] for line in book["lines"]) == pytest.approx(book["unfunded"], abs=0.01)
        found = measures[(measures["year"] == book["year"]) & (measures["measure"] == "money.total")]
        assert float(found["value"].iloc[0]) == pytest.approx(spent, abs=0.01)
        for line in book["lines"]:
            if line["price"] and line["line"] in ("rotation", "onboarding", "joint_work"):
                assert line["price"] * line["quantity"] == pytest.approx(line["paid"])
        rest = math.fsum(line["paid"] for line in book["lines"] if line["line"] in ("projects", "equipment", "rooms", "buildings", "sports"))
        assert math.fsum(s["parts"].get("purchase", 0.0) for s in book["schools"]) == pytest.approx(rest, abs=0.01)
        sent = [line for line in book["lines"] if line["line"] == "rotation"]
        if fund == 50_000_000:
            assert sent and all(line["quantity"] == pytest.approx(round(line["quantity"])) for line in sent), "whole teachers"
    assert ("收支相符" in data["text"]) == (fund > 0) and "收支不符" not in data["text"]
    if fund == 15_000_000:
        assert "无处列支" in data["text"]
    if fund == 0:
        assert "没有专项经费" in data["text"]


@pytest.mark.slow
def test_what_could_not_be_paid_is_told(small: Scenario, tmp_path: Path) -> None:
    scenario = small.with_({"years": 2, "fusion:finance.fund_yuan_year": 12_500_000})
    run = edusim.run(scenario, policy="fusion", records="all")
    out = run.records[run.records["event"] == "unfunded"]
    assert len(out), "a fund this small does not reach"
    run.save(tmp_path / "run")
    row = out.iloc[0]
    text = explain(tmp_path / "run", teacher=int(row["agent_id"]), lang="zh")
    assert "专项经费已付尽" in text and "没有成行" in text and "6,000" in text
    school = explain(tmp_path / "run", school=int(row["source"]), year=int(row["year"]), lang="zh")
    assert re.search(r"另有 \d+ 人因经费不足没有成行", school)


ALL_ON = {
    "groups.coverage_share": 1, "groups.term_years": 2, "groups.extension_years": 1, "groups.exit_failing_years": 2,
    "groups.entrusted": True, "groups.core_guard_sd": 0.2, "finance.fund_yuan_year": 200_000_000,
    "finance.group_fund_yuan": 3000, "finance.group_reward_yuan": 20000,
    "finance.training_base_yuan": 20000, "development.subject_teams": 1, "development.exchange_share": 0.3,
    "development.exchange_weeks_term": 2, "development.shadow_share": 0.05, "development.training_sessions_term": 1,
    "development.sync_share": 0.5, "development.resource_bank": True, "pupils.exchange_days": 3,
    "services.after_school_shared": True, "leadership.posts_share": 1.2, "leadership.head_term_years": 2,
    "reward.head_pay_factor": 1.1, "reward.rotation_bonus_yuan": 2000, "target.coverage_share": 1, "target.deep_share": 1,
    "target.groups": 9, "target.satisfaction_share": 1,
}  # fmt: skip


@pytest.mark.slow
def test_clauses_of_every_kind_are_told_and_add_up(small: Scenario, tmp_path: Path) -> None:
    scenario = small.with_({"years": 3, **{f"fusion:{path}": value for path, value in ALL_ON.items()}})
    run = edusim.run(scenario, policy="fusion", records="all")
    run.save(tmp_path / "run")
    rows = run.records
    happened = set(rows["event"])
    assert {"team", "train", "sync", "bank", "pupil_exchange", "after_school", "entrust", "group_fund", "exchange"} <= happened
    told: set[str] = set()
    for lang in ("zh", "en"):
        for group in sorted(set(rows[rows["agent_type"] == "group"]["agent_id"])):
            data = as_data(tmp_path / "run", group=int(group), lang=lang)
            told |= {d["event"] for d in data["policies"][0]["decisions"]}
            assert not re.search(r"\{|\}|\bnan\b|\bNone\b|县外学校|outside the county", data["text"]), lang
        money = as_data(tmp_path / "run", yuan=True, lang=lang)
        for book in money["policies"][0]["accounts"]:
            paid = math.fsum(line["paid"] for line in book["lines"])
            assert paid == pytest.approx(book["spent"] + book["purse_spent"], abs=0.01)
            assert 0 <= book["purse_spent"] <= book["purse"] + 0.01
        assert any(book["purse_spent"] > 0 for book in money["policies"][0]["accounts"])
        assert ("教共体自有经费" in money["text"]) or ("own funds" in money["text"])
        assert "收支不符" not in money["text"] and "do not add up" not in money["text"]
    of_groups = {e for e in happened if e in set(rows[rows["agent_type"] == "group"]["event"])}
    assert of_groups <= told, of_groups - told


@pytest.mark.slow
def test_mergers_and_other_stages_are_told(small: Scenario, tmp_path: Path) -> None:
    changes = {"campuses.merge_below_pupils": 100, "stages.kindergarten_groups": 1, "stages.senior_joined": True}
    scenario = small.with_({"years": 1, **{f"fusion:{path}": value for path, value in changes.items()}})
    run = edusim.run(scenario, policy="fusion", records="all")
    run.save(tmp_path / "run")
    rows = run.records
    merge = rows[rows["event"] == "merge"].iloc[0]
    names = run.schools.drop_duplicates("school_id").set_index("school_id")["pseudonym_zh"]
    for school in (merge["agent_id"], merge["target"]):
        text = explain(tmp_path / "run", school=int(school), lang="zh")
        assert f"“{names[merge['agent_id']]}”（{merge['amount']:.0f} 名学生）撤并到“{names[merge['target']]}”" in text
    moved = rows[(rows["event"] == "transfer") & (rows["source"] == merge["agent_id"])]
    assert len(moved) and "调往" in explain(tmp_path / "run", school=int(merge["agent_id"]), lang="zh")
    joins = rows[rows["event"] == "senior_joins"].iloc[0]
    assert f"senior school {joins['agent_id']} joined group {joins['target']}" in explain(tmp_path / "run", group=int(joins["target"]), lang="en")
    money = explain(tmp_path / "run", yuan=True, lang="zh")
    assert "牵头组建学前教育集团" in money and "撤并" in money and "收支相符" in money


def test_shares_of_a_schools_money_add_up(seen: tuple[County, Witness]) -> None:
    _, witness = seen
    law = next(iter(witness.years.values())).law
    share = {p: float(law[p]) for p in ("finance.equipment_share", "finance.building_share", "finance.room_share", "finance.sports_share")}
    parts = split_of(1000.0, share)
    assert math.fsum(parts.values()) == pytest.approx(1000.0) and set(parts) <= set(LINES)


@pytest.mark.slow
def test_the_design_without_limits_says_so(small: Scenario, tmp_path: Path) -> None:
    edusim.run(small.with_({"years": 1, "design": "identical"}), policy="fusion").save(tmp_path / "run")
    text = explain(tmp_path / "run", yuan=True, lang="en")
    assert "without a limit" in text and "add up" in text


# ------------------------------------------------------------------------------------------------ options


def test_year_and_policy_restrict(folder: Path) -> None:
    data = as_data(folder, school=8, year=2027, policy="fusion", lang="zh")
    assert [p["policy"] for p in data["policies"]] == ["fusion"]
    assert {d["year"] for d in data["policies"][0]["decisions"]} == {2027}
    assert "2027 学年" in data["text"] and "2028 学年" not in data["text"]


def test_a_draw_is_told_with_its_own_people(folder: Path) -> None:
    first, second = (as_data(folder, school=8, policy="fusion", draw=d, lang="en")["text"] for d in (0, 1))
    assert first != second and "draw 1 of this run" in second


@pytest.mark.parametrize(
    ("asked", "code", "word"),
    [({"year": 2040}, "EXPLAIN-YEAR", "2026"), ({"draw": 9}, "EXPLAIN-DRAW", "0"), ({"policy": "fusoin"}, "CFG-UNKNOWN-POLICY", "fusion"),
     ({"yuan": True}, "EXPLAIN-ONE", "--yuan")],
)  # fmt: skip
def test_what_is_not_in_the_run_is_refused(asked: dict[str, Any], code: str, word: str, folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        explain(folder, school=8, **asked)
    assert caught.value.code == code
    assert word in caught.value.message("zh") and word in caught.value.message("en")


def test_json_holds_sentences_and_keys(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", str(folder), "--yuan", "--year", "2026", "--policy", "fusion", "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] and told["policies"][0]["accounts"][0]["year"] == 2026 and "the accounts add up" in told["text"]


# -------------------------------------------------------------------------------------------------- dates

ENDED = """schema_version: 1
kind: policy
key: ended
name: {zh: 已结束的政策, en: Ended policy}
description: {zh: 试例, en: an example}
start: 2012-09-01
end: 2015-08-31
clauses:
  rotation.share:
    status: assumption
    value: 0.2
    reference: {note: {zh: 试例, en: an example}}
"""


@pytest.mark.slow
def test_dates_of_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ended.yaml"
    file.write_text(ENDED, encoding="utf-8")
    out = tmp_path / "run"
    words = ["compare", "small", "--dates", "document", "-S", "base_year=2019", "--years", "3", "--draws", "1", "-j", "1", "-q",
             "--design", "feasible", "--policies", f"status_quo,fusion,{file}", "--lang", "en", "--out", str(out)]  # fmt: skip
    assert cli.main(words) == 0
    shown = capsys.readouterr().out
    assert "Ended policy: by its dates it does not act in the years simulated, 2020 to 2022" in shown
    assert "Fused group: by its dates" not in shown
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["dates"] == "document"
    assert manifest["acting"] == {"status_quo": [], "fusion": [2021, 2022], str(file): []}
    # The ended policy is the law in force, bit for bit; the other starts in the year that its document names.
    assert manifest["digests"][f"feasible/{file}/0"] == manifest["digests"]["feasible/status_quo/0"]
    text = explain(out, yuan=True, policy="fusion", lang="en")
    assert re.search(r"School year 2020\n  There is no fund", text) and re.search(r"School year 2021\n  This year's fund is 1,500,000", text)
    assert "None of the years simulated" in explain(out, school=8, policy="ended", lang="en")


@pytest.mark.slow
def test_aligned_dates_start_the_year_after_the_base_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ended.yaml"
    file.write_text(ENDED, encoding="utf-8")
    out = tmp_path / "run"
    words = ["run", "small", "--dates", "aligned", "-S", "base_year=2019", "--years", "4", "--policy", str(file), "-q", "--lang", "zh", "--out", str(out)]
    assert cli.main(words) == 0
    assert "不施行" not in capsys.readouterr().out
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["dates"] == "aligned"
    assert manifest["acting"] == {str(file): [2020, 2022]}, "moved to the base year plus one, three years long as in the document"


