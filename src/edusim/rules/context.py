"""What a rule sees in a year: the county, the law, the constants of the base year, purse and records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import draws
from edusim.errors import StateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.parameters import Law
    from edusim.state import State

#: Rules that may be recorded; the place in the tuple is the code stored in a record.
RULES = (
    "demography", "groups", "admission", "workforce", "rotation", "development", "leadership", "teaching",
    "appraisal", "finance", "campuses", "stages",
)  # fmt: skip
AGENT_TYPES = ("school", "group", "teacher", "pupil", "authority", "other")
#: Kinds of decision, with the clause that carries each (a row of the register of clauses; empty: none).
EVENTS: dict[str, tuple[str, str, str, str]] = {
    # event: (rule, clause rows, zh, en)
    "form": ("groups", "M-04..M-07", "组建教共体", "group formed"),
    "end": ("groups", "M-21", "合作到期或政策终止", "group ended"),
    "beyond_cap": ("groups", "M-04", "超出规模上限，未纳入", "member beyond the cap, left out"),
    "cap_breach": ("groups", "M-04", "超出规模上限，已列明", "cap exceeded, reported"),
    "reseparate": ("groups", "M-31", "重新分设", "member separated again"),
    "retire": ("workforce", "", "退休", "retired"),
    "resign": ("workforce", "", "离职", "resigned"),
    "move_up": ("workforce", "", "调往条件更好的学校", "moved to a better-placed school"),
    "move": ("workforce", "", "调往另一所学校", "moved to another school"),
    "reassign": ("workforce", "M-55", "超编调剂到缺编学校", "reassigned from above posts to a free post"),
    "hire": ("workforce", "M-62", "招聘", "hired"),
    "onboard": ("workforce", "M-60", "新教师到核心校跟岗", "new teacher onboarded at the core"),
    "substitute": ("workforce", "", "聘用代课教师", "substitute taken on"),
    "release": ("workforce", "", "代课教师离岗", "substitute released"),
    "send_down": ("rotation", "M-45..M-48", "到成员校交流", "sent to a member school"),
    "send_up": ("rotation", "M-120", "到核心校交流", "sent to the core school"),
    "unfunded": ("rotation", "M-92", "经费不足，未成行", "not paid for, did not go"),
    "return": ("rotation", "M-48", "期满归队", "returned at the end of the term"),
    "stay": ("rotation", "M-48", "期满留任", "stayed at the end of the term"),
    "stay_on": ("rotation", "M-68", "期满后继续在山区任教一年", "went on in the mountains for a year"),
    "recompete": ("appraisal", "M-70", "归队后重新竞聘", "competed again for rank on return"),
    "lose_rank": ("appraisal", "M-70", "竞聘未成，职级降低", "lost rank after competing again"),
    "promote": ("appraisal", "M-58", "职称晋升", "promoted"),
    "promote_quota_free": ("appraisal", "M-69", "不占岗位数晋升高级", "promoted to senior outside the posts"),
    "name_backbone": ("appraisal", "M-54", "认定为骨干教师", "named a backbone teacher"),
    "reward_member": ("finance", "M-74", "成员校质量提升奖", "reward for a member's progress"),
    "reward_core": ("finance", "M-75", "核心校质量奖", "quality award of a core"),
    "purchase": ("finance", "M-93", "装备与项目投入", "equipment and projects"),
    "group_fund": ("finance", "M-94", "集团专项经费到位", "a group's own fund granted"),
    "reward_group": ("finance", "M-95", "集团（学区）获奖", "reward for a group appraised excellent"),
    "promote_pooled": ("appraisal", "M-117", "统筹岗位晋升中级", "promoted to middle rank on a post found elsewhere"),
    "mentor": ("development", "M-103", "名师带教结对", "mentor pair"),
    "team": ("development", "M-43..M-44", "聘入学科中心组", "appointed to a subject centre team"),
    "exchange": ("development", "M-50..M-52", "短期交流、带教（人年）", "short exchange (teacher-years)"),
    "shadow": ("development", "M-53", "到核心校跟岗轮训（人年）", "shadowing at the core (teacher-years)"),
    "train": ("development", "M-64", "核心校培训成员校教师（小时）", "training by the core (hours)"),
    "sync": ("development", "M-99..M-100", "统一进度共同备课（小时）", "planning in common (hours)"),
    "bank": ("development", "M-97", "开通课程资源库", "curriculum bank opened"),
    "pupil_exchange": ("development", "M-109", "学生交流（人日）", "pupil exchange (pupil-days)"),
    "after_school": ("development", "M-125", "课后服务共享（小时）", "shared after-school service (hours)"),
    "entrust": ("leadership", "M-11", "委托管理开始", "entrusted management begins"),
    "entrust_end": ("leadership", "M-11", "委托管理结束", "entrusted management ends"),
    "head_change": ("leadership", "M-40", "总校长换届", "group head changes"),
    "head_extended": ("leadership", "M-40", "总校长延长任期", "group head's term extended"),
    "closed": ("demography", "", "毕业", "graduated"),
    "change_mode": ("groups", "M-26", "转为另一办学模式", "group changed its mode"),
    "extend": ("groups", "M-21", "合作期延长", "term of a group extended"),
    "guarded": ("groups", "M-19", "核心校质量下降，暂缓组建", "core fell, group waits"),
    "leave": ("groups", "M-32", "考核连年不合格，退出", "member left after failing years"),
    "pair": ("groups", "M-28..M-30", "重新结对（划分学区）", "paired anew"),
    "new_core": ("groups", "M-33", "成员校成为新的核心校", "member became a core of its own"),
    "join": ("groups", "M-126", "新建校区加入", "new campus joined"),
    "private_entrust": ("groups", "M-08", "委托民办学校管理", "entrusted to a private school"),
    "private_entrust_end": ("groups", "M-08", "民办学校托管结束", "private trusteeship ended"),
    "uncovered_cap": ("groups", "M-24, M-25", "未覆盖：超出规模上限", "not covered: beyond the cap"),
    "uncovered_guard": ("groups", "M-24, M-25", "未覆盖：核心校质量下降", "not covered: the core has fallen"),
    "uncovered_no_core": ("groups", "M-24, M-25", "未覆盖：无核心校结对", "not covered: no core to be paired with"),
    "uncovered_left": ("groups", "M-24, M-25", "未覆盖：已退出或分设", "not covered: has left or separated"),
    "uncovered_ended": ("groups", "M-24, M-25", "未覆盖：合作期已满", "not covered: the term has ended"),
    "uncovered_stage": ("groups", "M-24, M-25", "未覆盖：本年尚未组建到", "not covered: its turn has not come"),
    "not_deep_mix": ("groups", "M-26", "未达深度模式：按比例组建为其他模式", "not deep: meant for another mode"),
    "not_deep_stage": ("groups", "M-26", "未达深度模式：尚未转型", "not deep: its turn has not come"),
    "groups_short": ("groups", "M-23", "集团个数未达目标", "fewer groups than the target"),
    "unsatisfied": ("admission", "M-91", "满意度未达目标", "satisfaction below the target"),
    "merge": ("campuses", "M-22", "小规模学校撤并", "small school merged"),
    "merge_unfunded": ("campuses", "M-22", "经费不足，未撤并", "not paid for, not merged"),
    "merged_member": ("campuses", "M-22", "整合后的学校成为成员校", "receiving school became a member"),
    "open_campus": ("campuses", "M-126", "新校区启用", "new campus opened"),
    "transfer": ("campuses", "M-22", "随撤并或新校区调动", "moved with a merger or to a new campus"),
    "stage_group": ("stages", "M-23", "学前教育集团组建", "group of kindergartens formed"),
    "stage_end": ("stages", "M-23", "学前教育集团终止", "group of kindergartens ended"),
    "senior_joins": ("stages", "M-23", "高中加入中学教育集团", "senior school joined a group"),
    "senior_leaves": ("stages", "M-23", "高中退出教育集团", "senior school left its group"),
    "entrust_vocational": ("stages", "M-11", "职业学校委托企业管理", "vocational school entrusted to an enterprise"),
    "end_entrust": ("stages", "M-11", "职业学校委托管理终止", "contract with the enterprise ended"),
}
EVENT_CODES = {name: code for code, name in enumerate(EVENTS)}

RECORD = np.dtype(
    [
        ("event", "i2"),
        ("agent_type", "i1"),
        ("agent", "i8"),
        ("source", "i8"),
        ("target", "i8"),
        ("amount", "f8"),
    ]
)  # 35 bytes

#: Lines of the accounts: (recurrent?, zh, en). ``ordinary`` lines are paid by the ordinary budget.
LINES: dict[str, tuple[bool, str, str]] = {
    "allowance": (True, "乡村特岗津贴增量", "rise of place allowances"),
    "rotation": (True, "交流轮岗补助", "rotation subsidies"),
    "joint_work": (True, "联合教研与名师带教", "joint research and mentoring"),
    "leadership": (True, "核心校管理工时", "leaders' hours at members"),
    "principal_bonus": (True, "核心校校长绩效上浮", "core principals' bonus"),
    "onboarding": (True, "跟岗期代课", "cover during onboarding"),
    "reward": (True, "质量奖补", "rewards"),
    "training": (True, "核心校培训成员校教师", "training by the core"),
    "exchange": (True, "短期交流与跟岗", "short exchanges and shadowing"),
    "common_tests": (True, "统一进度与质量检测", "common pace and tests"),
    "resources": (True, "课程资源库", "shared curriculum resources"),
    "after_school": (True, "课后服务共享", "shared after-school service"),
    "pupil_exchange": (True, "学生交流", "pupil exchange"),
    "leader_posts": (True, "集团职数与管理机构", "leadership posts and offices"),
    "entrust": (True, "委托管理购买服务", "entrusted management"),
    "head_pay": (True, "总校长奖金职级", "pay grade of group heads"),
    "rotation_bonus": (True, "轮岗教师奖补", "bonus of rotating teachers"),
    "group_reward": (True, "集团（学区）奖励资金", "reward fund of groups"),
    "training_base": (True, "跟岗培养基地", "training bases"),
    "other_stages": (True, "学前与职业教育", "kindergartens and vocational schools"),
    "closures": (False, "撤并与新建校区", "mergers and new campuses"),
    "projects": (True, "成员校项目与运转", "projects and running costs"),
    "equipment": (False, "装备配置", "equipment"),
    "rooms": (False, "多媒体教室", "multimedia rooms"),
    "buildings": (False, "校舍", "buildings"),
    "sports": (False, "运动场馆", "sports grounds"),
}
#: Purses beside the county's fund, and the lines each is earmarked for. ``groups``: the groups' own funds, for
#: training, meetings, joint research (S2 四2, M-94); ``reward``: the reward
#: fund set up apart from them (S5 四(三)5, M-95).
EARMARKED: dict[str, str] = dict.fromkeys(
    ("joint_work", "training", "exchange", "common_tests", "resources", "pupil_exchange"), "groups"
) | {"group_reward": "reward"}
PURSES = ("groups", "reward")


class Ledger:
    """The year's programme money: a fund, lines in order of priority, nothing spent twice.

    Groups may have purses of their own, earmarked for the lines of :data:`EARMARKED`: they pay those first,
    the county's fund what they cannot. The purses of all groups are kept as one sum, since a line is
    asked for by the county as a whole; what is left of them at the end of the year lapses.

    Attributes
    ----------
    fund
        Yuan available in the year; infinite where the budget is set not to bind.
    lines
        Yuan spent from the fund by line.
    ordinary
        Yuan spent from the ordinary budget by line (what the law in force already asks for).
    spent
        Yuan spent from the fund.
    purse, purse_spent
        Yuan of each purse of the groups, and what was spent from it; ``lines`` holds what fund and purses paid.
    unfunded
        Yuan asked for and not paid.
    """

    __slots__ = ("binds", "fund", "lines", "ordinary", "purse", "purse_spent", "spent", "unfunded")

    def __init__(self, fund: float, binds: bool) -> None:
        self.fund, self.binds = fund, binds
        self.lines = dict.fromkeys(LINES, 0.0)
        self.ordinary = dict.fromkeys(LINES, 0.0)
        self.spent = 0.0
        self.purse, self.purse_spent = dict.fromkeys(PURSES, 0.0), dict.fromkeys(PURSES, 0.0)
        self.unfunded = 0.0

    @property
    def left(self) -> float:
        """Yuan of the fund not yet spent."""
        return max(0.0, self.fund - self.spent)

    def purse_left(self, line: str) -> float:
        """Return the yuan of the groups' purses that may still be spent under a line."""
        purse = EARMARKED.get(line)
        return max(0.0, self.purse[purse] - self.purse_spent[purse]) if purse else 0.0

    def _from_purse(self, line: str, amount: float) -> None:
        if amount > 0.0:
            self.purse_spent[EARMARKED[line]] += amount

    def pay(self, line: str, asked: float) -> float:
        """Pay what purse and fund can of ``asked`` yuan; return the share paid (1 where nothing was asked)."""
        if asked <= 0.0:
            return 1.0
        earmarked = min(asked, self.purse_left(line))
        rest = asked - earmarked
        paid = min(rest, self.left) if self.binds else rest
        self.lines[line] += earmarked + paid
        self._from_purse(line, earmarked)
        self.spent += paid
        self.unfunded += rest - paid
        return (earmarked + paid) / asked

    def pay_each(self, line: str, costs: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Pay proposals whole, in the order given, until purse and fund are empty; return which are paid."""
        if costs.size == 0:
            return np.zeros(0, bool)
        total = np.cumsum(costs)
        purse = self.purse_left(line)
        paid = np.full(costs.size, True) if not self.binds else total <= purse + self.left + 1e-6
        amount = float(costs[paid].sum())
        earmarked = min(amount, purse)
        self.lines[line] += amount
        self._from_purse(line, earmarked)
        self.spent += amount - earmarked
        self.unfunded += float(total[-1]) - amount
        return paid

    def pay_ordinary(self, line: str, amount: float) -> None:
        """Book what the ordinary budget pays because the law in force asks for it."""
        self.ordinary[line] += amount

    def check(self, year: int) -> None:
        """Check that lines add up and that no more than the fund and the purses was spent.

        Raises
        ------
        StateError
            When the accounts of the year do not balance.
        """
        total = sum(self.lines.values())
        booked = {p: sum(self.lines[line] for line, purse in EARMARKED.items() if purse == p) for p in PURSES}
        if (
            abs(total - self.spent - sum(self.purse_spent.values())) > 1e-3
            or (self.binds and self.spent > self.fund + 1e-3)
            or any(not 0.0 <= self.purse_spent[p] <= min(self.purse[p], booked[p]) + 1e-3 for p in PURSES)
        ):
            raise StateError(
                "STATE-YUAN",
                f"{year} 年账目不平：支出 {total:.2f} 元，资金 {self.fund:.2f} 元，集团自有资金 {sum(self.purse.values()):.2f} 元",
                f"accounts of {year} do not balance: spent {total:.2f} yuan of {self.fund:.2f} and the groups' {sum(self.purse.values()):.2f}",
            )


class Records:
    """Decisions of a year: counted by event, or kept row by row with ``mode="all"``."""

    __slots__ = ("codes", "counts", "mode", "parts")

    def __init__(self, mode: str, codes: Mapping[str, int] = EVENT_CODES) -> None:
        self.mode, self.codes = mode, codes
        self.counts = dict.fromkeys(codes, 0)
        self.parts: list[NDArray[Any]] = []

    def add(
        self,
        event: str,
        agent_type: str,
        agents: Any,
        source: Any = -1,
        target: Any = -1,
        amount: Any = 0.0,
    ) -> None:
        """Record one event for each agent; arguments are ids or values, scalars or arrays."""
        agents = np.atleast_1d(np.asarray(agents))
        if self.mode == "none" or agents.size == 0:
            return
        self.counts[event] += int(agents.size)
        if self.mode == "all":
            rows = np.zeros(agents.size, RECORD)
            rows["event"] = self.codes[event]
            rows["agent_type"] = AGENT_TYPES.index(agent_type)
            rows["agent"], rows["source"], rows["target"], rows["amount"] = agents, source, target, amount
            self.parts.append(rows)

    def rows(self) -> NDArray[Any]:
        """Return the year's records as one structured array."""
        return np.concatenate(self.parts) if self.parts else np.zeros(0, RECORD)


@dataclass
class Units:
    """Cores with the members that share a mode; one group may hold two (members beyond its cap).

    ``start``/``members`` list the members of each unit; ``campus_start``/``campuses`` the core too.
    """

    id: NDArray[np.int64]
    group: NDArray[np.int64]
    mode: NDArray[np.int64]
    core: NDArray[np.int32]
    start: NDArray[np.int64]
    members: NDArray[np.int32]
    campus_start: NDArray[np.int64]
    campuses: NDArray[np.int32]
    unit_of_member: NDArray[np.int32]
    unit_of_campus: NDArray[np.int32]
    size: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.size = np.diff(self.start)


def units_of(state: State) -> Units:
    """Return the units of a county: every group's members under its mode, and those left to the law."""
    schools, groups = state.schools, state.groups
    member_of = schools.member_of
    member = np.flatnonzero(member_of >= 0)
    outside = schools.is_outside_mode[member]
    mode = np.where(outside, 0, groups.mode[member_of[member]])
    key = member_of[member].astype(np.int64) * 2 + outside
    order = np.lexsort((member, key))
    member, key, mode = member[order], key[order], mode[order]
    unit_key, first, size = (
        np.unique(key, return_index=True, return_counts=True)
        if key.size
        else (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    )
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    group = unit_key // 2
    core = groups.core[group].astype(np.int32)
    unit_of_member = np.full(schools.n, -1, np.int32)
    unit_of_member[member] = np.repeat(np.arange(unit_key.size), size)
    has_core = core >= 0
    campus_size = size + has_core
    campus_start = np.concatenate([[0], np.cumsum(campus_size)]).astype(np.int64)
    campuses = np.empty(campus_start[-1], np.int32)
    campuses[campus_start[:-1][has_core]] = core[has_core]
    offset = np.repeat(campus_start[:-1] + has_core, size) + np.arange(member.size) - np.repeat(start[:-1], size)
    campuses[offset] = member
    unit_of_campus = unit_of_member.copy()
    # A core that is itself a member stays with its own core's unit; one of two units stands with the first.
    alone = np.flatnonzero(has_core & (unit_of_member[np.maximum(core, 0)] < 0))[::-1]
    unit_of_campus[core[alone]] = alone
    return Units(
        id=groups.id[group] * 2 + unit_key % 2,
        group=group,
        mode=mode[first].astype(np.int64),
        core=core,
        start=start,
        members=member.astype(np.int32),
        campus_start=campus_start,
        campuses=campuses,
        unit_of_member=unit_of_member,
        unit_of_campus=unit_of_campus,
    )


def meant_modes(year: Year) -> NDArray[np.int64]:
    """Return int64 [groups]: the mode each group is meant for, by the policy's mix of the year (0: none).

    Groups are laid out in an order keyed by their ids, the same under every policy and in every year;
    the first ``mix[1]`` of them are meant for mode 1, and so on. A dated mix moves the edges, so that
    groups pass from one mode to the next. A group that came out of another follows it.
    """
    groups, parent = year.state.groups, year.memory.group_parent
    mix = year.law.mix
    meant = np.zeros(groups.n, np.int64)
    roots = np.flatnonzero(parent == np.arange(groups.n))
    if roots.size == 0 or mix.size < 2:
        return meant
    lot = draws.uniform(year.seed, "groups.order", 0, groups.id[roots])
    place = np.empty(roots.size)
    place[np.lexsort((groups.id[roots], lot))] = (np.arange(roots.size) + 0.5) / roots.size
    edges = np.cumsum(mix[1:])
    meant[roots] = np.searchsorted(edges, place, side="left") + 1
    meant[roots[place > edges[-1] + 1e-12]] = 0
    for g in descendants(parent):
        meant[g] = meant[parent[g]]
    return meant


def descendants(parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the groups that came out of others, each after the one it came out of."""
    return np.flatnonzero((parent >= 0) & (parent != np.arange(parent.size)))


class Year:
    """Everything that the rules of one year share.

    Parameters
    ----------
    state
        The county; rules change it in place.
    law
        What holds this year.
    memory
        Constants of the base year and lookup tables, see ``model.County``.
    seed
        Seed of this draw.
    rules_on
        Which rules act.
    records
        ``none``, ``counts`` or ``all``.
    fund, growth
        The county's fund of the year, and the factor by which it and the groups' funds have grown since
        the policy's first year.
    codes
        Kinds of decision with the numbers that stand for them.
    """

    def __init__(
        self,
        state: State,
        law: Law,
        memory: SimpleNamespace,
        seed: int,
        year: int,
        rules_on: Mapping[str, bool],
        records: str,
        fund: float,
        budget_binds: bool,
        threads: int = 1,
        growth: float = 1.0,
        codes: Mapping[str, int] = EVENT_CODES,
    ) -> None:
        self.state, self.law, self.memory, self.seed, self.year = state, law, memory, seed, year
        self.rules_on, self.threads, self.growth = rules_on, threads, growth
        self.records = Records(records, codes)
        self.ledger = Ledger(fund, budget_binds)
        self.tally = SimpleNamespace()
        #: What decided, agent by agent, noted where every decision is recorded (``records="all"``).
        self.notes = SimpleNamespace()
        self.units = self._units()
        self._mode_of_school()

    def _units(self) -> Units:
        """Return the units, those of last year where no group has changed."""
        schools, groups = self.state.schools, self.state.groups
        now = (
            groups.mode.tobytes(), schools.is_outside_mode.tobytes(), schools.member_of.tobytes(), groups.core.tobytes()
        )  # fmt: skip
        kept = getattr(self.memory, "units", None)
        if kept is None or kept[0] != now:
            kept = self.memory.units = (now, units_of(self.state))
        return kept[1]

    def regroup(self) -> None:
        """Take note that groups have changed."""
        self.units = self._units()
        self._mode_of_school()

    def _mode_of_school(self) -> None:
        schools, groups = self.state.schools, self.state.groups
        mode = np.zeros(schools.n, np.int64)
        if groups.n:
            leads, member = schools.leads, schools.member_of
            mode = np.where(leads >= 0, groups.mode[np.maximum(leads, 0)], 0).astype(np.int64)
            own = np.where(schools.is_outside_mode, 0, groups.mode[np.maximum(member, 0)])
            mode = np.where(member >= 0, own, mode)
        self.mode_of_school = mode
        self.is_policy_member = (schools.member_of >= 0) & (mode > 0)

    def appraisal_pool(self) -> float:
        """Return the yuan of the county's yearly appraisal pool (年度考核奖励, 地方绩效奖): so many a staffing post."""
        return float(self.law["reward.pool_yuan_teacher"] * self.memory.posts.sum())

    def key(self, process: str, k: int = 0) -> np.uint64:
        """Return the key of a process this year."""
        return draws.key(self.seed, process, self.year, k)

    def of_school(self, path: str) -> NDArray[np.float64]:
        """Return float64 [schools]: a group parameter's value where each school is."""
        return self.law.by_mode[path][self.mode_of_school]

    def of_member(self, path: str) -> NDArray[np.float64]:
        """Return float64 [schools]: a group parameter's value for members of a group, 0 for the others."""
        return np.where(self.state.schools.member_of >= 0, self.law.by_mode[path][self.mode_of_school], 0.0)

    def of_unit(self, path: str) -> NDArray[np.float64]:
        """Return float64 [units]: a group parameter's value for each unit."""
        return self.law.by_mode[path][self.units.mode]
