"""A county as a Mesa model: the year as an ordered, inspectable table of rules.

``County(case=, policy=, seed=)`` holds a county; ``step()`` lets a school year pass. Schools, groups
and the authority are Mesa agents whose attributes read their row; teachers and pupils are columns with
an AgentSet-like face (:class:`Population`). This is the only file that imports Mesa.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from edusim import base_year as start
from edusim import extensions as own
from edusim import measures
from edusim.equations import pupils as pupil_loops
from edusim.errors import ConfigError, StateError, did_you_mean
from edusim.measures import hours
from edusim.region.people import seed_of
from edusim.rules import (
    admission,
    appraisal,
    campuses,
    demography,
    development,
    exchange,
    finance,
    groups,
    leadership,
    pairing,
    rotation,
    sharing,
    stages,
    teaching,
    workforce,
)
from edusim.rules.context import EVENT_CODES, RULES, Year
from edusim.state import COLUMNS, State, Table, open_schools

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.parameters import Law, Parameters
    from edusim.region import Case
    from edusim.scenario import Scenario


@dataclass(frozen=True)
class Phase:
    """One row of the year: what happens, by which rule, and where to read it."""

    name: str
    rule: str
    zh: str
    en: str
    act: Callable[[Year], None]

    @property
    def function(self) -> str:
        """Where the rule stands: ``module.function``."""
        return f"{self.act.__module__.removeprefix('edusim.')}.{self.act.__name__}"


def _tally_without_teaching(year: Year) -> None:
    """Tally achievement as it stands, where the rule of teaching is off."""
    start.tally_pupils(year)


#: The school year, September to August. ``rule`` names the switch that turns a phase off; phases with an
#: empty switch keep the books and always run.
YEAR: tuple[Phase, ...] = (
    Phase("commit_budget", "finance", "先定预算：特岗津贴", "budget committed first: place allowances", finance.commit),
    Phase("merge_campuses", "campuses", "小规模学校撤并", "small schools merge", campuses.merge_campuses),
    Phase("open_campuses", "campuses", "新校区启用", "new campuses open", campuses.open_campuses),
    Phase("pair", "groups", "结对、划分学区、新核心校、新建校加入", "pairing, zones, new cores, new campuses", pairing.pair),
    Phase("form_groups", "groups", "组建、变更、终止教共体", "groups form, change, end", groups.form),
    Phase("fund_groups", "finance", "集团专项经费、培养基地", "the groups' own funds and training bases", finance.fund_groups),
    Phase("entrust", "groups", "优质民办学校托管", "private schools as trustees", pairing.entrust),
    Phase("pass_on", "demography", "毕业、升级、新生", "graduation, moving up, new cohort", demography.pass_on),
    Phase("admit", "admission", "择校、录取、转学、外流与回流", "families choose, move, leave, return", admission.admit),
    Phase("count_enrolment", "-admission", "按校按年级点人数", "enrolment counted", admission.count_enrolment),
    Phase("other_stages", "stages", "学前、高中、职业学校", "kindergartens, senior and vocational schools", stages.run_stages),
    Phase("form_classes", "", "编班", "classes formed", teaching.form_classes),
    Phase("plan_posts", "", "核编", "staffing posts set", workforce.plan_posts),
    Phase("bring_back", "rotation", "期满归队", "those whose term ended return", rotation.bring_back),
    Phase("rank_posts", "", "核岗", "posts by rank set", appraisal.rank_posts),
    Phase("compete_again", "appraisal", "归队者重新竞聘", "those who returned compete for rank", appraisal.compete_again),
    Phase("staff", "workforce", "退休、离职、调动、超编调剂、招聘、代课、跟岗", "leaving, moving, reassigning, hiring, substitutes", workforce.staff),
    Phase("send", "rotation", "交流轮岗", "rotation", rotation.send),
    Phase("plan_leaders", "leadership", "核定职数、委托管理、干部任教", "leaders' posts, contracts, hours they teach", leadership.plan),
    Phase("exchange", "development", "短期交流、跟岗", "short exchanges and shadowing", exchange.go),
    Phase("staff_classes", "", "排课：谁教哪班哪科", "who teaches which class what", teaching.staff_classes),
    Phase("pool", "", "运转经费", "operating funds", finance.pool),
    Phase("quality_of_classes", "", "各班一年所得", "what the year gives each class", teaching.quality_of_classes),
    Phase("learn", "teaching", "学业增值", "pupils learn", teaching.learn),
    Phase("tally_pupils", "-teaching", "登记学业", "achievement tallied", _tally_without_teaching),
    Phase("learn_together", "development", "教研、师徒结对", "teachers learn from one another", development.learn_together),
    Phase("lead", "leadership", "管理输出与文化", "management and climate", leadership.lead),
    Phase("share", "development", "培训、同步、资源库、学生交流、课后服务", "training, common pace, bank, visits, services", sharing.share),
    Phase("appraise", "appraisal", "考核、评优、晋升", "appraisal, honours, promotion", appraisal.appraise),
    Phase("graduate", "admission", "指标到校", "good senior-high places", admission.graduate),
    Phase("results", "", "Z 值", "Z scores", appraisal.results),
    Phase("reward", "finance", "质量奖补", "rewards", finance.reward),
    Phase("invest", "finance", "装备与项目投入", "equipment and projects", finance.invest),
    Phase("form_reputation", "admission", "口碑", "reputation", admission.form_reputation),
    Phase("satisfaction", "", "满意度", "satisfaction", admission.satisfaction),
    Phase("count", "", "点教师", "staff counted", teaching.count),
    Phase("grow_older", "", "年龄、教龄、任期递增", "a year passes for teachers", workforce.grow_older),
)


class RowAgent(mesa.Agent):  # type: ignore[misc]
    """An agent whose attributes read and write its row of a table of the county."""

    kind = ""

    def __init__(self, model: County, row: int) -> None:
        super().__init__(model)
        self.row = row

    def __getattr__(self, name: str) -> Any:
        if name in COLUMNS[self.kind]:
            return getattr(self.model.state, self.kind)[name][self.row].item()
        raise AttributeError(f"{type(self).__name__} has no {name}")

    def __setattr__(self, name: str, value: Any) -> None:
        # A column set on the agent alone would hide the county's own value ever after.
        if name in COLUMNS[self.kind]:
            getattr(self.model.state, self.kind)[name][self.row] = value
        else:
            super().__setattr__(name, value)


class SchoolAgent(RowAgent):
    """A campus. Its attributes are its row of the schools' table and its measures of the year.

    ``school.management`` is the row's, ``school.mean_achievement`` one of :data:`edusim.measures.SCHOOL_COLUMNS`.
    """

    kind = "schools"

    def __getattr__(self, name: str) -> Any:
        if name in measures.SCHOOL_COLUMNS and name not in COLUMNS[self.kind]:
            return float(self.model.year_measures[-1].school_column(name)[self.row])
        return super().__getattr__(name)


class GroupAgent(RowAgent):
    """A school group (教共体). Its attributes are its row of the groups' table."""

    kind = "groups"

    @property
    def members(self) -> list[int]:
        """Ids of the member schools."""
        schools = self.model.state.schools
        return [int(i) for i in schools.id[schools.member_of == self.row]]


class AuthorityAgent(mesa.Agent):  # type: ignore[misc]
    """The county's education authority: its law of the year and its purse."""

    @property
    def law(self) -> Law:
        """What holds this year."""
        law: Law = self.model.law
        return law

    @property
    def fund_left(self) -> float:
        """Yuan of this year's fund not spent."""
        return float(self.model.now.ledger.left)


class Row:
    """One agent of a population; attributes read and write its columns."""

    __slots__ = ("_row", "_table")

    def __init__(self, table: Table, row: int) -> None:
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "_row", row)

    def __getattr__(self, name: str) -> Any:
        if name not in COLUMNS[self._table.kind]:
            raise AttributeError(name)
        return self._table[name][self._row].item()

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in COLUMNS[self._table.kind]:
            raise AttributeError(name)
        self._table[name][self._row] = value


class Population:
    """Columns with the face of Mesa's AgentSet: teachers, pupils (or any table).

    Parameters
    ----------
    model
        The county.
    kind
        Name of the table.
    rows
        int64: rows it consists of; None means all rows in use, whatever the year.
    """

    def __init__(self, model: County, kind: str, rows: NDArray[np.int64] | None = None) -> None:
        self.model, self.kind, self._rows = model, kind, rows

    @property
    def table(self) -> Table:
        """The table behind it."""
        found: Table = getattr(self.model.state, self.kind)
        return found

    @property
    def rows(self) -> NDArray[np.int64]:
        """int64: rows of its agents."""
        if self._rows is not None:
            return self._rows
        table = self.table
        if self.kind == "teachers":
            return np.flatnonzero(table.serving)
        if self.kind == "pupils":
            return np.flatnonzero(table.status > 0)
        return np.arange(table.n)

    def __len__(self) -> int:
        return int(self.rows.size)

    def __iter__(self) -> Iterator[Row]:
        table = self.table
        return (Row(table, int(row)) for row in self.rows)

    def select(self, condition: Callable[[Any], Any] | NDArray[np.bool_] | None = None, **equal: Any) -> Population:
        """Return the agents that meet a condition (of columns, or a mask) and equal the given values."""
        rows = self.rows
        keep = np.ones(rows.size, bool)
        if callable(condition):
            table = self.table
            keep &= np.asarray(condition(SimpleNamespace(**{c: table[c][rows] for c in table})), bool)
        elif condition is not None:
            keep &= np.asarray(condition, bool)
        for name, value in equal.items():
            keep &= self.table[name][rows] == value
        return Population(self.model, self.kind, rows[keep])

    def do(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Population:
        """Call ``function(population, ...)`` once on all agents and return the population."""
        function(self, *args, **kwargs)
        return self

    def get(self, name: str) -> NDArray[Any]:
        """Return a copy of a column for these agents."""
        if name not in COLUMNS[self.kind]:
            zh, en = did_you_mean(name, COLUMNS[self.kind])
            raise StateError("STATE-COLUMN", f"没有列 {name}", f"no column {name}", mend_zh=zh, mend_en=en)
        return self.table[name][self.rows].copy()

    def set(self, name: str, value: Any) -> Population:
        """Set a column for these agents."""
        self.get(name)
        self.table[name][self.rows] = value
        return self

    def agg(self, name: str, function: Callable[[NDArray[Any]], Any]) -> Any:
        """Return a function of a column, for example ``teachers.agg("quality", np.mean)``."""
        return function(self.get(name))

    def groupby(self, name: str) -> dict[Any, Population]:
        """Return the populations by value of a column."""
        rows, values = self.rows, self.get(name)
        return {v.item(): Population(self.model, self.kind, rows[values == v]) for v in np.unique(values)}

    def sum_by(self, name: str, value: str | None = None, size: int | None = None) -> NDArray[Any]:
        """Return counts, or sums of a column, by the rows that column ``name`` points at."""
        weights = None if value is None else self.get(value)
        return np.bincount(self.get(name), weights=weights, minlength=size or 0)

    def to_frame(self) -> pd.DataFrame:
        """Return these agents as a DataFrame."""
        import pandas as pd

        rows, table = self.rows, self.table
        return pd.DataFrame({name: table[name][rows] for name in table})


class County(mesa.Model):  # type: ignore[misc]
    """A county under one policy, year by year.

    A Mesa model like any other: ``run_model`` runs it to its horizon, ``agents`` and ``agents_by_type`` hold schools, groups and
    the authority, ``datacollector`` has the measures, ``mesa.batch_run(County, {"case": "small", "policy": ["status_quo",
    "fusion"], "draw": range(4), "rotation.share": [0.05, 0.15]})`` runs many. Mesa repeats (``iterations``) give the same bits
    again: vary ``draw``.

    Parameters
    ----------
    case
        A :class:`~edusim.scenario.Scenario`, its name or path (the shipped county when None), or a
        ready :class:`~edusim.region.Case` together with ``parameters``.
    policy
        Key of the policy; ``status_quo`` is the law in force.
    seed
        Seed of the run; None is 0. ``batch_run`` of Mesa 3.5 and later sets it from its own ``rng`` and from nothing else.
    draw
        Number of the draw: people and all that is imputed are drawn anew in each.
    records
        ``none``, ``counts`` or ``all`` decisions kept.
    threads
        Threads that share the pupils; results are the same bits whatever the number.
    years
        Years to run; the scenario's when None (10 with a ready case).
    parameters, rules, base_year, budget_binds, scale_fund, extensions
        Given by a scenario; needed only with a ready case.
    settings
        What else the scenario is to have in place of its own, by path, as :meth:`~edusim.scenario.Scenario.with_` takes it:
        ``County("small", "fusion", **{"rotation.share": 0.15})``.

    Attributes
    ----------
    state, law, now, memory
        The county; the law of the year; the year's ledger, records and tally; constants of the base year.
    year_measures
        Measures of the base year and every year since.
    running
        Whether a year is left: False once the last year has passed.

    Raises
    ------
    ConfigError, DataError
        When scenario, policy, a setting or a roster is wrong.
    """

    def __init__(
        self,
        case: Scenario | Case | str | None = None,
        policy: str = "status_quo",
        seed: int | None = 0,
        *,
        draw: int = 0,
        records: str = "counts",
        threads: int = 1,
        parameters: Parameters | None = None,
        rules: dict[str, bool] | None = None,
        base_year: int | None = None,
        years: int | None = None,
        budget_binds: bool = True,
        scale_fund: bool = True,
        extensions: tuple[own.Extension, ...] = (),
        **settings: Any,
    ) -> None:
        super().__init__(rng=0)  # Mesa's own generator is not used; every draw is keyed
        seed = 0 if seed is None else int(seed)
        if records not in ("none", "counts", "all"):
            zh, en = did_you_mean(records, ("none", "counts", "all"))
            raise ConfigError("CFG-RECORDS", f"records 不能是 {records}", f"records cannot be {records}", mend_zh=zh, mend_en=en)
        if not (hasattr(case, "state") and hasattr(case, "demography")):
            from edusim.build import build_case
            from edusim.scenario import Scenario, load

            scenario = case if isinstance(case, Scenario) else load(case)
            changes = settings if years is None else {**settings, "years": years}
            if changes:
                scenario = scenario.with_(changes)
            parameters = scenario.parameters(policy)
            base_year, years = scenario.base_year, scenario.years
            rules = dict(scenario.rules)
            scale_fund = scenario.region_spec.scale_fund
            budget_binds = scenario.design != "identical"
            extensions = scenario.extensions
            case = build_case(scenario, seed=seed, draw=draw)
        elif settings:
            path = next(iter(settings))
            raise ConfigError(
                "CFG-CASE", f"给出现成的县（case）时不能再改 {path}", f"{path} cannot be set with a ready case", where=path,
                mend_zh="请改在情景里，用 scenario.with_ 再生成", mend_en="set it in the scenario, with scenario.with_, and build the case from that",
            )
        years = 10 if years is None else years
        ready: Any = case
        if parameters is None or base_year is None:
            raise ConfigError("CFG-CASE", "给出 case 时须同时给出 parameters 与 base_year", "a ready case needs parameters and base_year")
        self.case: Any = ready
        self.policy_key = policy
        self.parameters, self.base_year, self.horizon = parameters, base_year, years
        self.extensions = extensions
        own.check_phases(extensions, [phase.name for phase in YEAR])
        codes = {name: len(EVENT_CODES) + i for i, name in enumerate(own.events(extensions))}
        self._codes = {**EVENT_CODES, **codes} if codes else EVENT_CODES
        self.rules_on = dict.fromkeys((*RULES, *own.rules(extensions)), True) | (rules or {})
        # Families apply when cohorts move up: where nobody moves up, nobody applies.
        self.rules_on["admission"] = self.rules_on["admission"] and self.rules_on["demography"]
        self.records_mode, self.threads = records, max(1, int(threads))
        self.budget_binds, self.scale_fund = budget_binds, scale_fund
        self.run_seed = seed_of(seed, draw)
        self.seed_given, self.draw = seed, draw
        self.state: State = ready.state.canonical().copy()
        demography = _by_id(ready.demography, ready.state.neighbourhoods.id)
        self.memory = SimpleNamespace()
        # Every year's law is read now: a step finds it ready.
        for year in range(base_year, base_year + years + 1):
            parameters.at(year)
        self.law = parameters.at(base_year)
        pairing.add_rows(self.state, pairing.spare_rows(map(parameters.at, range(base_year, base_year + years + 1)), self.state))
        self.now = self._year(self.law)
        start.prepare(self.now, demography, ready.constants, self.run_seed, base_year)
        self.n_pupils_base = int(self.now.tally.n_pupils.sum())
        self._fill_tally()
        self.year_measures = [self._measure()]
        self.year_records: list[tuple[int, Any]] = []
        self.year_counts: list[tuple[int, dict[str, int]]] = []
        self.year_moves: list[tuple[int, NDArray[np.int64]]] = []
        #: Told of every phase before it acts, and of the end of the year (an empty name); changes nothing.
        self.watch: Callable[[str, Year], None] | None = None
        self._collector: mesa.DataCollector | None = None
        self._collects = False
        self.state.check()
        self.schools = [SchoolAgent(self, row) for row in range(self.state.schools.n)]
        self.groups = [GroupAgent(self, row) for row in range(self.state.groups.n)]
        self.authority = AuthorityAgent(self)
        self.teachers = Population(self, "teachers")
        self.pupils = Population(self, "pupils")
        # Mesa 3.3 counts agents in a table of all models ever made, which would keep each of them in memory.
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    def _year(self, law: Law) -> Year:
        fund = float(law["finance.fund_yuan_year"])
        if self.scale_fund and hasattr(self, "n_pupils_base"):
            fund *= self.n_pupils_base / 100_000.0
        # Funds grow from the policy's first year on.
        since = max(0, self.state.year - self.parameters.first_year) if law.in_force else 0
        growth = (1.0 + law["finance.fund_growth"]) ** since
        return Year(
            self.state, law, self.memory, self.run_seed, self.state.year, self.rules_on, self.records_mode,
            fund * growth, self.budget_binds, self.threads, growth, self._codes,
        )  # fmt: skip

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The year of this county: :data:`YEAR`, with the rules of its extensions in their places."""
        return _with_own(self.extensions) if self.extensions else YEAR

    @property
    def year_table(self) -> pd.DataFrame:
        """The year as a table: order, name, rule that switches it, whether on, zh, en, function."""
        import pandas as pd

        rows = [(p.name, p.rule.removeprefix("-"), self._is_on(p), p.zh, p.en, p.function) for p in self.phases]
        frame = pd.DataFrame(rows, columns=["phase", "rule", "on", "zh", "en", "function"])
        frame.insert(0, "order", range(1, len(frame) + 1))
        return frame

    def _is_on(self, phase: Phase) -> bool:
        if not phase.rule:
            return True
        if phase.rule.startswith("-"):
            return not self.rules_on[phase.rule[1:]]
        return bool(self.rules_on[phase.rule])

    def step(self) -> None:
        """Let one school year pass: every phase in order, then the checks and the measures.

        Raises
        ------
        StateError
            When something that must be conserved is not: people, pupils or yuan.
        """
        state = self.state
        if state.year >= self.base_year + self.horizon:
            raise StateError(
                "STATE-HORIZON",
                f"人口数据只到 {self.base_year + self.horizon} 年",
                f"demography ends with {self.base_year + self.horizon}",
            )
        state.year += 1
        self.law = self.parameters.at(state.year)
        self.now = year = self._year(self.law)
        before = self._people()
        self._default_tally(year)
        for phase in self.phases:
            if self._is_on(phase):
                if self.watch is not None:
                    self.watch(phase.name, year)
                phase.act(year)
        if self.watch is not None:
            self.watch("", year)
        self._conserve(before)
        self._fill_tally()
        self.year_measures.append(self._measure())
        if self.records_mode != "none":
            self.year_counts.append((state.year, year.records.counts))
            if self.records_mode == "all":
                self.year_records.append((state.year, year.records.rows()))
        self.year_moves.append((state.year, self._moves()))
        self.running = state.year < self.base_year + self.horizon
        if self._collects and self._collector is not None:
            self._collector.collect(self)

    @property
    def datacollector(self) -> mesa.DataCollector:
        """Mesa's collector: every year since the base year, ``year`` and the measures of the county.

        A measure of one part of school is named as studies name it, ``learning.core_member_gap[junior]``. Set a collector of your
        own as in any Mesa model, and collect with it in your own ``step``. It is made when it is first asked for.
        """
        if self._collector is None:
            self._collector, self._collects = _collector(self.year_measures[0].keys), True
            for i, year in enumerate(self.year_measures[1:], 1):
                self._collector.collect(SimpleNamespace(year_measures=[year], steps=i, time=float(i)))
        return self._collector

    @datacollector.setter
    def datacollector(self, collector: mesa.DataCollector) -> None:
        self._collector, self._collects = collector, False

    def _default_tally(self, year: Year) -> None:
        """Give the counts of rules that are off their neutral value."""
        tally, memory = year.tally, self.memory
        n = self.state.schools.n
        if not self.rules_on["finance"]:
            memory.allowance_paid_share = 1.0
            memory.project_yuan = np.zeros(n)
        if not self.rules_on["rotation"]:
            memory.returned_rows = np.zeros(0, np.int64)
        if not self.rules_on["development"]:
            memory.core_peer = np.full(n, np.nan)
        tally.travel_km = np.full(n, memory.usual_travel_km)
        tally.n_posts = memory.posts
        tally.pool_bonus = tally.pool_heads = 0.0
        tally.n_graduates, tally.n_good_senior = np.zeros(n, np.int64), np.zeros(n, np.int64)

    def _people(self) -> tuple[int, int]:
        teachers = self.state.teachers
        return int(np.count_nonzero(teachers.serving)), int(np.count_nonzero(self.state.pupils.status))

    def _conserve(self, before: tuple[int, int]) -> None:
        """Check people, pupils and yuan of the year."""
        tally, year = self.now.tally, self.state.year
        staff, _ = self._people()
        if self.rules_on["workforce"]:
            expected = before[0] - tally.n_left + tally.n_hired + tally.n_substitutes_new - tally.n_released
            if staff != expected:
                raise StateError(
                    "STATE-PEOPLE", f"{year} 年教师人数不守恒：{staff} ≠ {expected}", f"teachers of {year}: {staff}, not {expected}"
                )
        elif staff != before[0]:
            raise StateError("STATE-PEOPLE", f"{year} 年教师人数不守恒", f"teachers of {year} not conserved")
        enrolled = int(self.now.tally.n_pupils.sum())
        if enrolled != int(self.memory.enrolment.sum()):
            raise StateError(
                "STATE-PUPILS",
                f"{year} 年学生人数不守恒：{enrolled} ≠ {int(self.memory.enrolment.sum())}",
                f"pupils of {year}: {enrolled} learned, {int(self.memory.enrolment.sum())} enrolled",
            )
        shut = ~open_schools(self.state.schools, year)
        if shut.any() and (self.memory.enrolment[:, shut].any() or tally.n_people[shut].any()):
            raise StateError(
                "STATE-CLOSED", f"{year} 年有师生在未开办或已撤并的学校", f"in {year} someone is at a school that is not open"
            )
        if int(self.memory.class_n.sum()) != enrolled:
            raise StateError("STATE-CLASSES", f"{year} 年编班人数不符", f"classes of {year} do not hold all pupils")
        self.now.ledger.check(year)

    def _fill_tally(self) -> None:
        """Complete the year's counts for the measures."""
        tally, memory, schools, ledger = self.now.tally, self.memory, self.state.schools, self.now.ledger
        enrolment = memory.enrolment
        zero_int = {
            "promised": 0, "delivered": 0, "n_eligible": 0, "n_rotated_backbone": 0, "stock_away": 0, "left_n": 0,
            "left_backbone": 0, "stayed_n": 0, "n_backbone_before": 0, "n_applicants": 0, "n_first_choice": 0,
            "n_open_choice": 0, "n_exit": 0, "n_return": 0, "n_moved": 0, "n_private": 0, "n_hired": 0,
            "n_changed_school": 0, "n_moved_up": 0, "n_moved_down": 0, "n_excellent": 0, "n_campus_pupils": 0,
            "n_promoted": 0, "n_quota_free": 0, "n_rewarded": 0,
        }  # fmt: skip
        zero_float = {
            "delivered_quality": 0.0, "promised_years": 0.0, "delivered_years": 0.0, "left_quality_sum": 0.0,
            "stayed_quality_sum": 0.0, "leader_hours_planned": 0.0, "leader_hours_given": 0.0,
            "expert_hours_given": 0.0, "pool_bonus": 0.0, "pool_heads": 0.0,
        }  # fmt: skip
        for name, value in (zero_int | zero_float | dict.fromkeys(hours.FIELDS, 0.0)).items():
            if not hasattr(tally, name):
                setattr(tally, name, value)
        if not hasattr(tally, "n_member_staff"):
            unit = self.now.units.unit_of_member
            tally.n_member_staff = int(tally.n_serving[unit >= 0].sum())
        tally.n_posts = memory.posts
        tally.n_vacant = np.maximum(memory.posts - tally.n_teachers, 0)
        needed, empty = np.zeros((2, 4)), np.zeros((2, 4))
        for stage, (rows, seats) in enumerate(((slice(0, 6), schools.seats_primary), (slice(6, 9), schools.seats_junior))):
            pupils = enrolment[rows]
            over = np.maximum(pupils - seats[None, :], 0).sum(axis=0)
            free = np.maximum(seats[None, :] - pupils, 0).sum(axis=0)
            needed[stage] = np.bincount(schools.zone, over, 4)
            empty[stage] = np.bincount(schools.zone, free, 4)
        tally.seats_needed, tally.seats_empty = needed, empty
        tally.money = {line: (yuan, finance.is_recurrent(line)) for line, yuan in ledger.lines.items()}
        tally.money_ordinary = dict(ledger.ordinary)
        tally.unfunded_yuan = ledger.unfunded
        tally.n_middle_pooled = memory.n_middle_pooled
        tally.group_fund, tally.group_fund_spent = ledger.purse["groups"], ledger.purse_spent["groups"]
        tally.group_fund_city = self.law["finance.group_fund_city_share"] * tally.group_fund_spent
        if not hasattr(tally, "reward_pool"):
            tally.reward_pool = finance.share_pool(self.now)

    def _moves(self) -> NDArray[np.int64]:
        """Return int64 [8, 8]: teachers sent this year, from place to place (zone, core or not)."""
        flows = np.zeros((8, 8), np.int64)
        if hasattr(self.now.tally, "moves"):
            _, source, destination, _ = self.now.tally.moves
            schools = self.state.schools
            place = schools.zone.astype(np.int64) * 2 + (schools.leads >= 0)
            np.add.at(flows, (place[source], place[destination]), 1)
        return flows

    def _measure(self) -> Any:
        more = {measures.of_extension(part): own.reckoned(one, part, self.now) for one, part in own.parts(self.extensions, own.Measure)}
        return measures.yearly(self.state, self.now.tally, self.law, self.memory.measures, more)

    def pupil_view(self, pupil_id: int) -> Row | None:
        """Return one pupil by id, or None."""
        pupils = self.state.pupils
        found = np.flatnonzero((pupils.id == pupil_id) & (pupils.status > 0))
        return Row(pupils, int(found[0])) if found.size else None


def _with_own(extensions: tuple[own.Extension, ...]) -> tuple[Phase, ...]:
    """Return the year with own rules in it, each right after the phase it names, in the order of files and lines."""
    found = own.parts(extensions, own.Rule)
    return tuple(
        each for phase in YEAR
        for each in (phase, *(Phase(r.name, r.name, r.zh, r.en, own.acting(one, r)) for one, r in found if r.after == phase.name))
    )  # fmt: skip


def _year_of(model: Any) -> int:
    """Return the school year that a model's measures stand at."""
    return int(model.year_measures[-1].year)


def _value_of(measure: str, stage: str, model: Any) -> float:
    """Return a measure of the county as it stands in a model."""
    return float(model.year_measures[-1].value(measure, stage))


def _collector(keys: measures.Keys) -> mesa.DataCollector:
    """Return a collector of the year and of every measure that the county has one number of, by part of school.

    The base year stays out of it: ``batch_run`` of Mesa 3.3 takes as many rows as there were steps.
    """
    reporters: dict[str, Any] = {"year": _year_of}
    for key in keys.rows:
        if key.unit_id == "county":
            name = key.measure if key.stage == "all" else f"{key.measure}[{key.stage}]"
            reporters[name] = partial(_value_of, key.measure, key.stage)
    return mesa.DataCollector(model_reporters=reporters)


def _by_id(demography: Any, ids: NDArray[np.int64]) -> Any:
    """Return the demography with neighbourhoods in the order of their ids, as the state has them."""
    order = np.argsort(ids, kind="stable")
    if np.array_equal(order, np.arange(order.size)):
        return demography
    changed = {"entrants": demography.entrants[:, order], "destination": demography.destination[order]}
    if getattr(demography, "entrants_junior", None) is not None:
        changed["entrants_junior"] = demography.entrants_junior[:, order]
    return replace(demography, **changed)


def warm_up() -> None:
    """Compile every loop once, by running the small shipped county for a year."""
    from edusim.scenario import load

    County(load("small"), policy="fusion", records="none").step()


__all__ = ["YEAR", "AuthorityAgent", "County", "GroupAgent", "Phase", "Population", "RowAgent", "SchoolAgent", "pupil_loops", "warm_up"]
