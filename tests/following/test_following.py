"""One school, one teacher, one family: who is followed is chosen by rule, watching changes nothing, what is told is what happened."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from layout import check_glyphs, check_layout, words_of

import edusim
from edusim import following, runs
from edusim.errors import ConfigError
from edusim.following import FACTS, Followed, pictures, telling
from edusim.rules.context import EVENT_CODES
from edusim.scenario import Scenario

POLICIES = ("status_quo", "collaboration", "co_build", "fusion")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return edusim.load("county").with_({"region.n_pupils": 12000, "years": 4})


@pytest.fixture(scope="module")
def followed(scenario: Scenario) -> Followed:
    return following.follow(scenario, following.choose(scenario, POLICIES), POLICIES)


def test_watching_changes_nothing(scenario: Scenario, followed: Followed) -> None:
    plain = runs.simulate(scenario, "fusion", seed=0, draw=0, design="feasible", records="none")
    assert followed.lives["fusion"].outcome.facts["digest"] == plain.facts["digest"]


def test_the_choice_keeps_to_its_rules(scenario: Scenario, followed: Followed) -> None:
    chosen = followed.chosen
    assert chosen == following.choose(scenario, POLICIES)
    for key in POLICIES[1:]:
        county = edusim.County(scenario, key)
        county.step()
        row = int(np.flatnonzero(county.state.schools.id == chosen.school)[0])
        assert county.now.is_policy_member[row] and county.state.schools.is_weak_base[row]
        assert county.state.schools.id[county.state.groups.core[county.state.schools.member_of[row]]] == chosen.core
    first = followed.years[0]
    assert {life.child_years[first]["school"] for life in followed.lives.values()} == {chosen.school}


def test_where_no_school_joins_nobody_is_followed(scenario: Scenario) -> None:
    with pytest.raises(ConfigError) as caught:
        following.choose(scenario, ("status_quo", "none"))
    assert caught.value.code == "FOLLOW-NOBODY"


def test_the_child_has_the_same_luck_under_every_policy(scenario: Scenario, followed: Followed) -> None:
    lasting = scenario.parameters("fusion").at(scenario.base_year + 1)["achievement.persistence_caused"]
    for year in followed.years:
        met = [life.child_years[year] for life in followed.lives.values() if year in life.child_years]
        assert len({round(one["own"], 12) for one in met}) == 1
        # What is left of achievement, own attainment and the school's gain apart, is the luck of the grade: keyed by school, year and grade.
        luck: dict[int, set[float]] = {}
        for one in met:
            luck.setdefault(one["school"], set()).add(round(one["achievement"] - one["own"] - one["caused"] - (1 - lasting) * one["q"], 9))
        assert all(len(found) == 1 for found in luck.values())


def test_a_part_of_the_childs_year_is_what_teachers_give(scenario: Scenario, followed: Followed) -> None:
    # Reckoned again for one policy from the cells of the class: the mean over examined subjects of what is given there.
    from edusim.equations import classes

    seen: list[tuple[float, float]] = []
    law = scenario.parameters("co_build").at(followed.years[0])

    def watch(phase: str, year: Any) -> None:
        if phase != "learn" or seen:
            return
        pupils, teachers, memory = year.state.pupils, year.state.teachers, year.memory
        at = int(np.flatnonzero((pupils.id == followed.chosen.child) & (pupils.status == 1))[0])
        klass, school = int(pupils.klass[at]), int(pupils.school[at])
        given = np.zeros(teachers.n)
        classes.effective_quality(teachers.serving, teachers.quality, teachers.effort, teachers.is_substitute, teachers.years_at_post,
                                  teachers.experience, law["achievement.first_year_at_post"], law["achievement.substitute"], given)  # fmt: skip
        rows, kinds = memory.teacher_of[klass, :5], memory.cell_kind[klass, :5]
        lessons = float(year.of_member("teaching.online_lessons_week")[school])
        online = min(1.0, lessons / law["teaching.examined_lessons_week"] * law["achievement.online_lesson"])
        total = 0.0
        for row, kind in zip(rows, kinds, strict=True):
            one = given[row] if row >= 0 else -law["achievement.substitute"]
            one -= law["achievement.out_of_field"] * (kind == 2)
            if kind >= 2 and online > 0 and not np.isnan(memory.core_peer[school]):
                one += online * max(0.0, memory.core_peer[school] - one)
            total += one / 5
        seen.append((total, followed.lives["co_build"].child_years[year.year]["teachers"]))

    runs.simulate(scenario.with_({"years": 1}), "co_build", seed=0, draw=0, design="feasible", records="all", watch=watch)
    assert seen[0][0] == pytest.approx(seen[0][1], abs=1e-9)


def test_a_schools_year_is_in_the_records(followed: Followed) -> None:
    school = followed.chosen.school
    for life in followed.lives.values():
        for year, rows in life.outcome.records:
            sent = (rows["event"] == EVENT_CODES["send_down"]) & (rows["target"] == school)
            assert life.school_years[year]["sent"] == sent.sum()
            assert set(life.school_years[year]) == {fact.key for fact in FACTS}


def test_a_head_who_may_not_assign_assigns_nobody(followed: Followed) -> None:
    queues = [queue for life in followed.lives.values() for queue in life.queues.values()]
    assert queues and all(queue.assigned <= queue.sent <= queue.promised <= len(queue.teachers) for queue in queues)
    assert not sum(queue.assigned for queue in followed.lives["status_quo"].queues.values())
    modes = [queue for key in POLICIES[1:] for queue in followed.lives[key].queues.values()]
    assert sum(queue.promised for queue in modes) > sum(queue.promised for queue in followed.lives["status_quo"].queues.values())


def test_over_draws_agrees_with_a_comparison(scenario: Scenario, followed: Followed) -> None:
    small = scenario.with_({"years": 2})
    told: list[int] = []
    found = following.over_draws(small, followed.chosen.school, POLICIES[:3], ["management"], draws=3, progress=lambda done, total: told.append(done))
    assert told == [1, 2, 3]
    schools = edusim.compare(small, policies=list(POLICIES[:3]), draws=3, designs=("feasible",)).schools
    mine = schools[(schools["school_id"] == followed.chosen.school) & (schools["year"] == small.base_year + 2)]
    wide = mine.pivot_table(index="draw", columns="policy", values="management", observed=True)
    for row in found.to_dict("records"):
        assert row["mean"] == pytest.approx((wide[row["policy"]] - wide[row["other"]]).mean(), abs=1e-12)
    assert {(r["policy"], r["other"]) for r in found.to_dict("records")} == {(b, a) for a, b in itertools.combinations(POLICIES[:3], 2)}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_keep_to_the_page(followed: Followed, scenario: Scenario, lang: str) -> None:
    over = following.over_draws(scenario.with_({"years": 1}), followed.chosen.school, POLICIES, ["management", "quality_mean"], draws=2)
    year = followed.years[1]
    charts = [
        pictures.school_year(followed, year, lang), pictures.school_levels(followed, lang), pictures.teacher(followed, lang), pictures.child(followed, lang),
        pictures.school_over_draws(over, followed, year, lang),
    ]  # fmt: skip
    for chart in charts:
        check_layout(chart)
        check_glyphs(chart)
        assert chart.takeaway and "{" not in words_of(chart)
    assert "情景推演，不是预测" in charts[0].footer


def test_words_are_computed(followed: Followed) -> None:
    year = followed.years[1]
    for lang in ("zh", "en"):
        said = telling.apart(followed, year, lang)
        rows = [line for line in said.splitlines() if line.startswith("| ")][2:]
        assert f"**{len(rows)}**" in said
        for line in rows:
            _, _, _, *own, clauses = (cell.strip() for cell in line.split("|")[:-1])
            assert len(set(own)) > 1, line
            assert clauses, line
        assert followed.name(followed.chosen.school, lang) in telling.who(followed, lang)
    sent = telling.first_sent(followed)
    told = [telling.story(followed, key, "teacher", "en", sent) for key in POLICIES]
    assert any("sent to a member school" in one and "四(五)" in one and "rotation.volunteer" in one for one in told)
    assert "**" in telling.story(followed, "fusion", "school", "zh", sent)


def test_a_teacher_who_never_goes_and_a_child_who_leaves_are_told(followed: Followed) -> None:
    from copy import deepcopy

    other = Followed(followed.scenario, followed.chosen, 0, 0, {key: deepcopy(life) for key, life in followed.lives.items()})
    for life in other.lives.values():
        for columns in life.teacher_years.values():
            columns.clear()
        life.child_years.pop(other.years[-1], None)
    other.lives["fusion"].queues.clear()
    assert telling.first_sent(other) == other.years[0]
    for lang, said in (("zh", "没有派出"), ("en", "not sent")):
        assert said in pictures.teacher(other, lang).takeaway
        assert "–" in pictures.child(other, lang, for_report=True).takeaway
        telling.who(other, lang)
