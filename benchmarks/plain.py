"""The same year written as plain Mesa: every school, group, teacher and pupil an Agent that decides for itself.

A yardstick for the engine, and a check of it: equal column by column after three years
(``tests/test_plain_mesa.py``). It shares with the engine only what works on one number a school
(finance, groups, leadership, posts, books, measures), the scalar formulas and draws, and the base year
it starts from. Agents are iterated as plain Python lists; no loop over them is vectorised or compiled.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from benchmarks import plain_campuses, plain_learning, plain_pupils, plain_staff
from benchmarks.plain_agents import (
    PUPIL_VALUES,
    TEACHER_PLACES,
    TEACHER_VALUES,
    Group,
    Home,
    Pupil,
    School,
    SchoolClass,
    Teacher,
)
from benchmarks.plain_board import Board, Unit, units_of
from benchmarks.scalars import learning_intensity
from edusim import measures
from edusim.equations.reach import NEAR_PUBLIC
from edusim.errors import StateError
from edusim.model import YEAR, County
from edusim.rules import admission, appraisal, finance, groups, leadership, pairing, sharing, stages, workforce
from edusim.rules.context import Year
from edusim.state import COLUMNS, N_GRADES, Table

if TYPE_CHECKING:
    from edusim.parameters import Law

Act = Callable[["PlainCounty"], None]

#: Phases that work on one number a school: the engine's own functions.
SHARED: dict[str, Callable[[Year], None]] = {
    "pair": pairing.pair,
    "form_groups": groups.form,
    "fund_groups": finance.fund_groups,
    "entrust": pairing.entrust,
    "other_stages": stages.run_stages,
    "plan_posts": workforce.plan_posts,
    "rank_posts": appraisal.rank_posts,
    "pool": finance.pool,
    "plan_leaders": leadership.plan,
    "lead": leadership.lead,
    "share": sharing.share,
    "results": appraisal.results,
    "reward": finance.reward,
    "invest": finance.invest,
    "form_reputation": admission.form_reputation,
    "satisfaction": admission.satisfaction,
}
#: Phases of agents that decide for themselves.
OWN: dict[str, Act] = {
    "commit_budget": plain_staff.commit_budget,
    "merge_campuses": plain_campuses.merge_campuses,
    "open_campuses": plain_campuses.open_campuses,
    "pass_on": plain_pupils.pass_on,
    "admit": plain_pupils.admit,
    "count_enrolment": plain_pupils.count_enrolment,
    "form_classes": plain_pupils.form_classes,
    "bring_back": plain_staff.bring_back,
    "compete_again": plain_staff.compete_again,
    "staff": plain_staff.staff,
    "send": plain_staff.send,
    "exchange": plain_learning.exchange,
    "staff_classes": plain_pupils.staff_classes,
    "quality_of_classes": plain_pupils.quality_of_classes,
    "learn": plain_pupils.learn,
    "tally_pupils": plain_pupils.tally_pupils,
    "learn_together": plain_learning.learn_together,
    "appraise": plain_staff.appraise,
    "graduate": plain_pupils.graduate,
    "count": plain_staff.count,
    "grow_older": plain_staff.grow_older,
}
#: Where the memory of the year holds what schools know about themselves: attribute -> name in the memory.
KNOWN = {
    "posts": "posts",
    "target": "target",
    "allowance": "allowance",
    "allowance_old": "allowance_old",
    "senior_posts": "senior_posts",
    "middle_posts": "middle_posts",
    "mean_ses": "mean_ses",
    "core_peer": "core_peer",
}
#: What a school's clauses say: attribute -> group parameter.
CLAUSES = {
    "monitor_share": "rotation.monitor_share",
    "excellent_bonus": "honours.excellent_bonus",
    "quota_free_years": "promotion.quota_free_years",
    "exchange_weight": "promotion.exchange_weight",
    "middle_pooled": "promotion.middle_pooled",
}


class PlainCounty(mesa.Model):  # type: ignore[misc]
    """A county of Mesa agents, made from a :class:`County` just built.

    Parameters
    ----------
    county
        A county before its first year; it is copied and not changed.
    """

    def __init__(self, county: County) -> None:
        super().__init__(rng=0)
        skip = ("preferences", "priority", "applicant_rows")
        self.memory = SimpleNamespace(
            **{k: copy.deepcopy(v) for k, v in vars(county.memory).items() if k not in skip}
        )
        for name in (
            "parameters", "base_year", "horizon", "rules_on", "run_seed", "scale_fund", "budget_binds", "n_pupils_base",
            "extensions", "_codes",
        ):  # fmt: skip
            setattr(self, name, getattr(county, name))
        self.records_mode, self.threads = "counts", 1
        self.law: Law = county.law
        state = county.state
        self.state = Board(state)
        self.schools = [School(self, row) for row in range(state.schools.n)]
        self.groups = [Group(self, row) for row in range(state.groups.n)]
        self.state.read(self.schools, self.groups)
        self.homes = self._homes(state.neighbourhoods)
        self.look_around()
        self.destination_cumulative = self.memory.destination_cumulative.tolist()
        self.subject_cumulative = self.memory.subject_cumulative.tolist()
        self.register = self._teachers(state.teachers)
        self.teachers: list[Teacher] = []
        self.call_roll()
        self._first_classes()
        self.grades = [self._pupils(state.pupils, state.rows_of_grade(g)) for g in range(1, N_GRADES + 1)]
        self.now: Year
        self.r: SimpleNamespace
        self.returned: list[Teacher] = []
        self.units: list[Unit] = []
        self.year_measures: list[Any] = []
        self.year_counts: list[tuple[int, dict[str, int]]] = []

    def _homes(self, places: Table) -> list[Home]:
        return [
            Home(row, *values)
            for row, values in enumerate(
                zip(places.x_km.tolist(), places.y_km.tolist(), places.zone.tolist(), places.ses_mean.tolist(), strict=True)
            )
        ]

    def look_around(self) -> None:
        """Tell schools their seats, and neighbourhoods which schools lie within reach."""
        for school in self.schools:
            school.seats = (school.seats_primary, school.seats_junior)
        for stage, near in enumerate((self.memory.near_primary, self.memory.near_junior)):
            for home, rows in zip(self.homes, near.tolist(), strict=True):
                home.near[stage] = [self.schools[row] if row >= 0 else None for row in rows]
                home.catchment[stage] = home.near[stage][0] if rows else None

    def _school(self, row: int) -> School | None:
        return self.schools[row] if row >= 0 else None

    def _teachers(self, table: Table) -> list[Teacher | None]:
        register: list[Teacher | None] = []
        columns = {name: table[name].tolist() for name in (*TEACHER_VALUES, *TEACHER_PLACES, "home", "serving")}
        for desk in range(table.n):
            if not columns["serving"][desk]:
                register.append(None)
                continue
            values = {name: columns[name][desk] for name in TEACHER_VALUES}
            values |= {name: self._school(columns[name][desk]) for name in TEACHER_PLACES}
            values["home"] = self.homes[columns["home"][desk]]
            register.append(Teacher(self, desk, values))
        return register

    def _first_classes(self) -> None:
        """Make the classes of the base year, which pupils' classes point at."""
        first = self.memory.first_class.tolist()
        self.classes = [
            SchoolClass(number, school)
            for school, a, b in zip(self.schools, first[:-1], first[1:], strict=True)
            for number in range(a, b)
        ]

    def _pupils(self, table: Table, rows: slice) -> list[Pupil]:
        columns = {name: table[name][rows].tolist() for name in (*PUPIL_VALUES, "home", "school", "klass")}
        found = []
        for i, status in enumerate(columns["status"]):
            if status:
                values = {name: columns[name][i] for name in PUPIL_VALUES}
                klass = columns["klass"][i]
                found.append(
                    Pupil(
                        self, self.homes[columns["home"][i]], self._school(columns["school"][i]),
                        self.classes[klass] if klass >= 0 else None, values,
                    )
                )  # fmt: skip
        return found

    # -- people -------------------------------------------------------------------------------------

    def call_roll(self) -> None:
        """List the teachers who serve, in the order of the register."""
        self.teachers = [t for t in self.register if t is not None]

    def dismiss(self, teacher: Teacher) -> None:
        """Strike a teacher off the register; the desk is free."""
        self.register[teacher.desk] = None
        teacher.remove()

    def take_on(self, people: list[tuple[School, dict[str, Any]]]) -> None:
        """Give newcomers the first free desks."""
        free = [desk for desk, t in enumerate(self.register) if t is None][: len(people)]
        more = len(people) - len(free)
        free += range(len(self.register), len(self.register) + more)
        self.register += [None] * more
        for desk, (school, values) in zip(free, people, strict=True):
            teacher = Teacher(self, desk, plain_staff.BLANK | {"origin": None} | values)
            teacher.go_to(school)
            self.register[desk] = teacher
        self.call_roll()

    # -- the year -----------------------------------------------------------------------------------

    def step(self) -> None:
        """Let one school year pass."""
        if self.state.year >= self.base_year + self.horizon:
            raise StateError("STATE-HORIZON", "人口数据到此为止", "demography ends here")
        self.state.year += 1
        self.state.write(self.schools, self.groups)
        self.law = self.parameters.at(self.state.year)
        self.now = County._year(self, self.law)
        self.r = self._rates()
        people = len(self.teachers)
        County._default_tally(self, self.now)
        self.returned = []
        self._clauses()
        for phase in YEAR:
            if County._is_on(self, phase):
                if phase.name in SHARED:
                    self.share(SHARED[phase.name])
                else:
                    OWN[phase.name](self)
        self._conserve(people)
        self.state.write(self.schools, self.groups)
        County._fill_tally(self)
        found = measures.yearly(self.state, self.now.tally, self.law, self.memory.measures)  # type: ignore[arg-type]
        self.year_measures.append(found)
        self.year_counts.append((self.state.year, self.now.records.counts))

    def share(self, act: Callable[[Year], None]) -> None:
        """Run a rule that works on one number a school, on the schools' and groups' attributes laid out."""
        self.state.write(self.schools, self.groups)
        act(self.now)
        self.state.read(self.schools, self.groups)
        self._clauses()

    def board_of_schools(self) -> Table:
        """Return the schools' attributes laid out as a table."""
        self.state.write(self.schools, self.groups)
        return self.state.schools

    def _clauses(self) -> None:
        """Tell schools what they are in this year: unit, mode, clauses, posts, allowances."""
        now, memory = self.now, self.memory
        self.units = units_of(now.units, self.law.by_mode, self.schools, self.groups)
        known: dict[str, list[Any]] = {
            name: getattr(memory, source).tolist() for name, source in KNOWN.items() if hasattr(memory, source)
        }
        known["mode"] = now.mode_of_school.tolist()
        known["counts_town"] = (now.of_school("promotion.town_counts_as_rural") > 0).tolist()
        for name, path in CLAUSES.items():
            known[name] = now.of_school(path).tolist()
        known["excellent_share"] = appraisal.excellent_share(now).tolist()
        known["exchange_share"] = appraisal.exchange_share(now).tolist()
        known["appraised_at"] = [self.schools[row] for row in appraisal.appraised_at(now).tolist()]
        for name, rows in (("member_unit", now.units.unit_of_member), ("campus_unit", now.units.unit_of_campus)):
            known[name] = [self.units[row] if row >= 0 else None for row in rows.tolist()]
        for name, values in known.items():
            for school, value in zip(self.schools, values, strict=True):
                school.__dict__[name] = value

    def _destination(self, u: float) -> Home:
        """Return the neighbourhood that a uniform number falls on, by the pull of places."""
        return self.homes[min(bisect_left(self.destination_cumulative, u), len(self.homes) - 1)]

    def _rates(self) -> SimpleNamespace:
        """Return what holds this year for people's decisions: rates, weights, draw keys, county constants."""
        law, memory, key = self.law, self.memory, self.now.key
        urban, rural = law["workforce.upward_urban"], law["workforce.upward_rural"]
        half, top = law["development.hours_half"], law["development.intensity_max"]
        width = max(2, int(law["admission.list_length"]))
        middle, senior = law["pay.title_premium_middle"], law["pay.title_premium_senior"]
        law_share, law_two_way = (float(law.by_mode[f"rotation.{n}"][0]) for n in ("share", "two_way_share"))
        if law.by_mode["rotation.counting"][0] > 0:
            law_share /= 1.0 + law_two_way  # of those the law asks for, the ones who go down
        return SimpleNamespace(
            destination=self._destination,
            # travel
            road_factor=law["travel.road_factor"], speed=law["travel.speed_km_hour"],
            mountain_share=law["travel.mountain_speed_share"],
            # leaving and choosing posts
            surplus_reach_km=law["staffing.surplus_reach_km"],
            retire_age=int(law["staffing.retire_age"]), resign=law["workforce.resign"],
            contract_leave=law["workforce.contract_leave"], pay_slope=law["workforce.pay_slope"],
            pay_threshold=law["workforce.pay_threshold"], pay_backbone=law["workforce.pay_backbone"],
            commute_slope=law["workforce.commute_slope"],
            commute_usual=memory.usual_commute_hours, forced_slope=law["workforce.forced_slope"],
            climate_slope=law["workforce.climate_slope"], quality_slope=law["workforce.quality_slope"],
            quality_mean=memory.quality_mean, quality_sd=memory.quality_sd,
            upward=(urban, 0.5 * (urban + rural), rural, rural),
            leave_key=key("workforce.leave"), upward_key=key("workforce.upward"),
            credentials_key=key("workforce.upward", 1), look_key=key("workforce.look"),
            post_taste_key=key("workforce.taste"), accept=law["hiring.accept"], move_cost=law["hiring.move_cost"],
            distance_weight=law["hiring.distance_weight"], pay_weight=law["hiring.pay_weight"],
            urban_weight=law["hiring.urban_weight"], climate_weight=law["hiring.climate_weight"],
            considered=int(law["hiring.posts_considered"]),
            # rotation
            go_weights=[
                law[f"rotation.go_{w}"] for w in ("intercept", "promotion", "pay", "travel", "child", "retire")
            ],
            weak_years_head=int(law["promotion.weak_years_head"]),
            stay_intercept=law["rotation.stay_intercept"], exempt_share=law["rotation.exempt_share"], send_weak=law["rotation.send_weak"],
            law_share=law_share, law_base=int(law.by_mode["rotation.base"][0]),
            law_two_way_share=law_two_way, rank_loss=middle, policy_year=memory.base_year + 1,
            volunteer_key=key("rotation.volunteer"), round_key=key("rotation.round"),
            exempt_key=key("rotation.exempt"), head_key=key("rotation.head"), child_key=memory.child_key,
            # learning from one another
            hours_half=half, intensity_max=top, peer_learning=law["development.peer_learning"],
            decay=law["development.decay"],
            mentor_intensity=law["development.joint_learning"] * learning_intensity(float(law["development.mentor_hours_year"]), half, top),
            # appraisal and promotion
            noise_sd=law["appraisal.noise_sd"], noise_key=key("appraisal.noise"), tie_key=key("promotion.tie"),
            exchange_key=key("promotion.exchange"), years_in_rank=int(law["promotion.years_in_rank"]),
            weak_years_senior=int(law["promotion.weak_years_senior"]), effort_promotion=law["effort.promotion"],
            effort_reward=law["effort.reward"], effort_shirk=law["effort.shirk"],
            pay_factor=(1.0, 1.0 + middle, 1.0 + senior),
            # experience
            novice_gain=law["teacher.novice_gain"], novice_years=law["teacher.novice_years"],
            late_gain=law["teacher.late_gain"],
            # families
            brand=law["families.brand"], flight=law["families.flight"],
            senior_worth=law["families.senior_chance"] / law["families.reputation"], exit_other=law["families.exit_other"],
            exit_ses_slope=law["families.exit_ses_slope"], return_share=law["families.return_share"],
            move_share=memory.demography.move_share.tolist(),
            open_choice_share=law["admission.open_choice_share"],
            catchment_first=bool(law["admission.catchment_priority"]),
            width=min(width, NEAR_PUBLIC + 2),
            family_weights=[
                law[f"families.{w}"] for w in ("reputation", "ses_slope", "travel", "peers", "senior_chance", "fee")
            ],
            move_key=key("demography.move"), destination_key=key("demography.destination"),
            exit_key=key("admission.exit"), return_key=key("admission.return"), seat_key=key("demography.seat"),
            choose_key=key("admission.choose"), private_key=key("admission.private"), which_key=key("admission.private", 1),
            taste_key=key("admission.taste"), lottery_key=key("admission.lottery"),
            # classes and learning
            first_year_penalty=law["achievement.first_year_at_post"],
            substitute_penalty=law["achievement.substitute"], out_of_field=law["achievement.out_of_field"],
            size_reference=memory.size_reference, size_effect=law["achievement.class_size"],
            peer_effect=law["achievement.peers"], quality_offset=memory.quality_offset,
            persistence_own=law["achievement.persistence_own"], ses_gain=memory.ses_gain, noise_own=memory.noise_sd,
            persistence_caused=law["achievement.persistence_caused"], low_line=memory.low_line.tolist(),
            low_ses_line=memory.low_ses_line, learn_key=key("teaching.noise"),
        )  # fmt: skip

    def _conserve(self, before: int) -> None:
        """Check people, pupils and yuan, as the engine does."""
        tally = self.now.tally
        expected = before
        if self.rules_on["workforce"]:
            expected += tally.n_hired + tally.n_substitutes_new - tally.n_left - tally.n_released
        enrolled = sum(p.school is not None for grade in self.grades for p in grade)
        learned, in_classes = int(tally.n_pupils.sum()), sum(k.n for k in self.classes)
        if len(self.teachers) != expected or not enrolled == learned == in_classes:
            raise StateError("STATE-PLAIN", "人数不守恒", "people are not conserved")
        self.now.ledger.check(self.state.year)

    # -- what it came to ----------------------------------------------------------------------------

    def columns(self, table: str) -> dict[str, Any]:
        """Return a table of the engine filled from the agents, in the order of ids.

        Rows of schools, groups and neighbourhoods are the engine's; pupils have their grade besides.
        """
        declared = COLUMNS[table]

        def row(thing: Any) -> int:
            return -1 if thing is None else int(thing.row)

        if table in ("schools", "groups"):
            self.state.write(self.schools, self.groups)
            mirror: Table = getattr(self.state, table)
            return {name: mirror[name].copy() for name in declared}
        out: dict[str, Any] = {}
        if table == "teachers":
            teachers = sorted(self.teachers, key=lambda t: t.id)
            out = {name: [getattr(t, name) for t in teachers] for name in TEACHER_VALUES}
            out |= {name: [row(getattr(t, name)) for t in teachers] for name in (*TEACHER_PLACES, "home")}
            out["serving"] = [True] * len(teachers)
        else:
            pupils = sorted(((p.id, g, p) for g, grade in enumerate(self.grades, 1) for p in grade), key=lambda x: x[:2])
            out = {name: [getattr(p, name) for _, _, p in pupils] for name in PUPIL_VALUES}
            out |= {name: [row(getattr(p, name)) for _, _, p in pupils] for name in ("school", "home")}
            out["klass"] = [-1 if p.klass is None else p.klass.number for _, _, p in pupils]
        filled = {name: np.array(out[name], declared[name].dtype) for name in declared}
        if table == "pupils":
            filled["grade"] = np.array([g for _, g, _ in pupils], np.int8)
        return filled


def columns_of(county: County, table: str) -> dict[str, Any]:
    """Return a table of the engine, rows in use in the order of ids; see :meth:`PlainCounty.columns`."""
    whole: Table = getattr(county.state, table)
    used = np.ones(whole.n, bool)
    if table == "teachers":
        used = whole.serving
    elif table == "pupils":
        used = whole.status > 0
    rows = np.flatnonzero(used)
    rows = rows[np.argsort(whole.id[rows], kind="stable")]
    found = {name: whole[name][rows] for name in COLUMNS[table]}
    if table == "pupils":
        found["grade"] = county.state.grade_of_rows()[rows]
    return found
