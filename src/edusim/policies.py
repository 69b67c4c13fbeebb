"""Policies: which clauses replace the law in force, when, and for the groups of which mode.

A *policy* is a set of *clauses*: dated values that replace the law's for the groups of a mode or for the whole
county; a mode is a policy, and a policy may mix modes or take clauses over from others. Policies are YAML
files under ``configs/policies``, or a user's own; this module reads them, strictly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from edusim import configfile
from edusim.configfile import Node
from edusim.declarations import (
    ALWAYS,
    LAW,
    START,
    STATUS_QUO,
    STATUSES,
    Frozen,
    Reference,
    Steps,
    acting_year,
    bilingual,
    configs,
    exists,
    header,
    law_in_force,
    read_reference,
    read_steps,
    stamp_of,
    value_node,
)
from edusim.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    import datetime

#: Policies that take clauses from one another may be chained so many times.
MAX_CHAIN = 4
#: What a policy may be: ``document``, the whole of one policy text, or any other.
ROLES = ("document",)


@dataclass(frozen=True, slots=True)
class Clause:
    """A policy's value for one parameter: status, dated values, reference, place in its file.

    ``origin`` is the key of the policy that wrote the clause: another one's where it was taken over.
    """

    path: str
    status: str
    steps: Steps
    reference: Reference
    where: str = field(default="", compare=False)
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as data: when it acts, the modes of its groups, the clauses that differ from the law.

    ``mode_clauses[k - 1]`` are the group clauses of mode ``k`` with the years in which they act;
    ``clauses`` those of the county (for a policy without modes: all, acting on every school).
    ``mix[k - 1]`` is the share of groups that become mode ``k``, first of all where it is dated;
    ``mix_steps`` then holds the first school year and the shares of every dated mix. ``role`` says whether
    the file is the whole of one document, ``scenario`` which shipped scenario has a county of its shape.
    """

    key: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    document: str
    first_year: int
    last_year: int | None
    modes: tuple[str, ...]
    mix: tuple[float, ...]
    clauses: Mapping[str, Clause]
    mode_clauses: tuple[Mapping[str, Clause], ...]
    mode_years: tuple[tuple[int, int | None], ...]
    file: str = field(default="", compare=False)
    mix_steps: tuple[tuple[int, tuple[float, ...]], ...] = ()
    role: str = field(default="", compare=False)
    scenario: str = field(default="", compare=False)

    def mix_at(self, year: int) -> tuple[float, ...]:
        """Return the shares that hold in a school year: none before the first dated mix."""
        if not self.mix_steps:
            return self.mix
        found = (0.0,) * len(self.modes)
        for first, shares in self.mix_steps:
            if first > year:
                break
            found = shares
        return found

    def mixed(self, weights: Mapping[str, float], where: str = "") -> Policy:
        """Return the policy with another mix of its modes: one mix for all years, in place of the file's dated ones.

        Parameters
        ----------
        weights
            Mode -> weight, 0 or more; a share is a weight over the sum of all. A mode of the policy that is not named keeps
            the last share of its file as its weight; what is no mode of this policy is left out.
        where
            Place to show in an error.

        Returns
        -------
        Policy
            This very policy when it mixes none of the modes that are named.

        Raises
        ------
        ConfigError
            ``CFG-MIX`` when all weights are 0.
        """
        if not self.mixes or not any(mode in weights for mode in self.modes):
            return self
        last = self.mix_steps[-1][1] if self.mix_steps else self.mix
        given = [float(weights.get(mode, share)) for mode, share in zip(self.modes, last, strict=True)]
        total = math.fsum(given)
        if not total > 0:
            raise ConfigError(
                "CFG-MIX",
                f"{self.key} 各模式的权重都是 0",
                f"the weights of all modes of {self.key} are 0",
                where=where,
                mend_zh=f"请至少给一种模式正的权重：{', '.join('mix.' + mode for mode in self.modes)}",
                mend_en=f"give one mode a weight above 0: {', '.join('mix.' + mode for mode in self.modes)}",
            )
        return replace(self, mix=tuple(weight / total for weight in given), mix_steps=())

    @property
    def mixes(self) -> bool:
        """Whether the policy mixes modes: one whose file has ``mix``, and not a mode of its own."""
        return bool(self.modes) and self.modes != (self.key,)


def _last_year(date: datetime.date) -> int:
    return date.year if (date.month, date.day) >= (9, 1) else date.year - 1


def policy_names() -> tuple[str, ...]:
    """Return the keys of the shipped policies, ``status_quo`` first."""
    folder = configs() / "policies"
    return _policy_names(folder, folder.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _policy_names(folder: Path, _changed: int) -> tuple[str, ...]:
    # Asked for every time a scenario is changed: the folder is listed anew only when it has changed.
    return (STATUS_QUO, *sorted(p.stem for p in folder.glob("*.yaml") if p.stem != LAW))


def policy(name: str, folder: str | Path = ".", where: str = "") -> Policy:
    """Return a policy by its shipped key, or from a file.

    Parameters
    ----------
    name
        Key of a shipped policy, or a path that ends in ``.yaml`` / ``.yml``.
    folder
        Folder that a relative path starts from.
    where
        Place to show in an error.

    Raises
    ------
    ConfigError
        ``CFG-UNKNOWN-POLICY``, and every fault of the file.
    """
    if name == STATUS_QUO:
        law = law_in_force()
        return Policy(STATUS_QUO, law.name_zh, law.name_en, "", "", "", START, None, (), (), Frozen({}), (), ())
    if name.endswith((".yaml", ".yml")):
        path = Path(folder) / name
        if where and not exists(path):
            raise ConfigError(
                "CFG-NO-FILE",
                f"找不到政策文件 {name}",
                f"there is no policy file {name}",
                where=where,
                mend_zh="路径从本文件所在文件夹算起",
                mend_en="paths start from the folder of this file",
            )
    else:
        if name not in policy_names():
            zh, en = did_you_mean(name, policy_names())
            raise ConfigError(
                "CFG-UNKNOWN-POLICY", f"没有政策 {name}", f"no policy {name}", where=where, mend_zh=zh, mend_en=en
            )
        path = configs() / "policies" / f"{name}.yaml"
    return _policy(str(path), stamp_of(str(path)))


#: Keys of a policy file beside ``schema_version`` and ``kind``: those it must have, those it may have.
POLICY_KEYS = ("key", "name", "description", "start")
POLICY_MORE = ("document", "end", "role", "scenario", "modes", "mix", "take", "clauses")


@lru_cache(maxsize=256)
def _policy(path: str, _stamp: tuple[int, int], depth: int = 0) -> Policy:
    root = configfile.read(path)
    top = header(root, "policy", POLICY_KEYS, POLICY_MORE)
    law = law_in_force()
    key = top["key"].text()
    if key in (STATUS_QUO, LAW) or not key.isidentifier():
        top["key"].fail(
            "CFG-POLICY-KEY",
            f"政策的 key 不能是 {key}",
            f"a policy cannot have the key {key}",
            "请用小写字母与下划线",
            "use small letters and underscores",
        )
    name, text = bilingual(top["name"]), bilingual(top["description"])
    document = top["document"].word(tuple(law.documents), "CFG-UNKNOWN-DOCUMENT") if "document" in top else ""
    first = acting_year(top["start"].date())
    last = None
    if "end" in top:
        last = _last_year(top["end"].date())
        if last < first:
            top["end"].fail(
                "CFG-DATE-END",
                f"政策在 {top['end'].value} 结束，早于 {top['start'].value} 开始后的第一个学年",
                f"the policy ends on {top['end'].value}, before the first school year after its start {top['start'].value}",
                "请改正 start 或 end",
                "mend start or end",
            )
    role = top["role"].word(ROLES) if "role" in top else ""
    home = _shipped_scenario(top["scenario"]) if "scenario" in top else ""
    clauses = _taken(top["take"], path, first, depth) if "take" in top else {}
    for where, node in top["clauses"].mapping((), None).items() if "clauses" in top else ():
        known = law.parameters.get(where)
        if known is None:
            zh, en = did_you_mean(where, law.parameters)
            node.fail("CFG-UNKNOWN-PARAMETER", f"没有政策参数 {where}", f"no policy parameter {where}", zh, en)
        parts = node.mapping(("status", "reference"), ("value", "values"))
        status = parts["status"].word(STATUSES)
        reference = read_reference(parts["reference"], status, law.documents)
        clauses[where] = Clause(where, status, read_steps(value_node(parts, node), known), reference, node.where, key)
    group = {k: c for k, c in clauses.items() if law.parameters[k].scope == "group"}
    county = {k: c for k, c in clauses.items() if law.parameters[k].scope == "county"}
    modes: tuple[str, ...] = (key,)
    mix: tuple[float, ...] = (1.0,)
    mix_steps: tuple[tuple[int, tuple[float, ...]], ...] = ()
    mode_clauses: tuple[Mapping[str, Clause], ...] = (Frozen(group),)
    years: tuple[tuple[int, int | None], ...] = ((first, last),)
    if "modes" in top:
        if top["modes"].items():
            top["modes"].fail(
                "CFG-MODES",
                "modes 只能写 [ ]（不组建教共体）；多种模式请用 mix",
                "modes may only be [ ] (no groups); for several modes use mix",
            )
        if "mix" in top:
            top["mix"].fail("CFG-MODES", "modes 与 mix 不能并用", "modes and mix cannot both be given")
        modes, mix, mode_clauses, years, county = (), (), (), (), clauses
    elif "mix" in top:
        members, mix_steps = _mix(top["mix"], path, depth)
        modes, mix = tuple(member.key for member in members), mix_steps[0][1]
        mix_steps = mix_steps if mix_steps[0][0] != START else ()
        # What the plan as a whole says of groups holds for every mode, before what the mode's own file says.
        mode_clauses = tuple(Frozen({**member.mode_clauses[0], **group}) for member in members)
        years = tuple(_both(member.mode_years[0], (first, last)) for member in members)
        county = {**members[0].clauses, **county}
    return Policy(
        key, *name, *text, document, first, last, modes, mix, Frozen(county), mode_clauses, years, path, mix_steps, role, home
    )  # fmt: skip


def _both(a: tuple[int, int | None], b: tuple[int, int | None]) -> tuple[int, int | None]:
    """Return the school years that lie in both spans: a mode acts no longer than the policy that uses it."""
    ends = [last for last in (a[1], b[1]) if last is not None]
    return max(a[0], b[0]), min(ends, default=None)


def _mix(node: Node, path: str, depth: int) -> tuple[list[Policy], tuple[tuple[int, tuple[float, ...]], ...]]:
    """Return the modes of a mix and its shares: one mix, or dated ones (``{2021-09-01: {fusion: 0.1, ...}}``).

    Modes stand in the order in which they are first named; a mix that leaves one out gives it no group.
    """
    parts = node.mapping((), None)
    if not parts:
        node.fail(
            "CFG-MODES",
            "mix 没有写任何模式",
            "the mix names no mode",
            "例如 {fusion: 0.5, collaboration: 0.5}",
            "for example {fusion: 0.5, collaboration: 0.5}",
        )
    dated = {key: child for key, child in parts.items() if child.is_map}
    if not dated:
        dated = {ALWAYS: node}
    elif len(dated) < len(parts):
        loose = next(child for key, child in parts.items() if key not in dated)
        loose.fail(
            "CFG-MODES",
            "mix 要么直接写各模式的比例，要么每个日期下各写一组",
            "a mix gives shares of modes, or a set of shares under each date",
            "例如 {2021-09-01: {fusion: 0.5, collaboration: 0.5}}",
            "for example {2021-09-01: {fusion: 0.5, collaboration: 0.5}}",
        )
    members: dict[str, Policy] = {}
    steps: list[tuple[int, dict[str, float]]] = []
    last = None
    for key, child in dated.items():
        year = START
        if key != ALWAYS:
            date = Node(key, child.file, child.line, child.column, child.path).date()
            if last is not None and date <= last:
                child.fail(
                    "CFG-DATE-ORDER",
                    f"日期 {key} 没有按先后排列",
                    f"the date {key} is out of order",
                    "请把日期从早到晚排列",
                    "put dates from early to late",
                )
            last, year = date, acting_year(date)
        shares: dict[str, float] = {}
        for mode, share_node in child.mapping((), None).items():
            share = share_node.number()
            if not 0 <= share <= 1:
                share_node.fail(
                    "CFG-RANGE", f"比例 {share:g} 不在 0 与 1 之间", f"the share {share:g} is not between 0 and 1"
                )
            if depth > 4:
                share_node.fail("CFG-MODES", "政策互相引用，成了循环", "policies refer to one another in a circle")
            if mode not in members:
                members[mode] = _mode(mode, path, depth, share_node)
            shares[mode] = share
        if abs(sum(shares.values()) - 1) > 1e-9:
            child.fail(
                "CFG-MIX",
                "各模式的比例之和不是 1",
                "the shares of the modes do not add up to 1",
                "请使各比例之和为 1",
                "make the shares add up to 1",
            )
        if steps and steps[-1][0] == year:  # both act from the same September: the later one holds
            steps.pop()
        steps.append((year, shares))
    return list(members.values()), tuple((year, tuple(s.get(m, 0.0) for m in members)) for year, s in steps)


def _shipped_scenario(node: Node) -> str:
    """Return the name of a shipped scenario; one that is not shipped is told with the nearest."""
    names = tuple(sorted(p.stem for p in (configs() / "scenarios").glob("*.yaml")))
    name = node.text()
    if name not in names:
        zh, en = did_you_mean(name, names)
        node.fail("CFG-UNKNOWN-SCENARIO", f"没有随附的情景 {name}", f"no shipped scenario {name}", zh, en)
    return name


def _taken(listed: Node, path: str, first: int, depth: int) -> dict[str, Clause]:
    """Return the clauses that a policy takes over from others, by parameter.

    Each entry of the list names a policy (``from``: a shipped key or a file) and patterns of parameters
    (``clauses``: ``rotation.*``). A later entry goes before an earlier one. A clause keeps its status,
    reference and origin; its dates move with the start, so that what held in the second year of its own
    policy holds in the second year of this one.

    Raises
    ------
    ConfigError
        ``CFG-TAKE-NOTHING`` when a pattern finds no clause, ``CFG-TAKE-MODES`` when the modes of the policy
        named do not all say the same, and every fault of that policy's file.
    """
    found: dict[str, Clause] = {}
    for entry in listed.items():
        parts = entry.mapping(("from", "clauses"))
        source = _source(parts["from"], path, depth)
        own = dict(source.clauses)
        per_mode: dict[str, list[Clause]] = {}
        for clauses in source.mode_clauses:
            for name, clause in clauses.items():
                per_mode.setdefault(name, []).append(clause)
        shift = first - source.first_year
        patterns = parts["clauses"].items()
        if not patterns:
            parts["clauses"].fail(
                "CFG-TAKE-NOTHING", "没有写要取哪些条款", "no clause is named to be taken", "例如 [rotation.*]", "for example [rotation.*]"
            )
        for pattern in patterns:
            wanted = pattern.text().strip()
            names = [name for name in (*own, *per_mode) if fnmatchcase(name, wanted)]
            if not names:
                zh, en = did_you_mean(wanted, (*own, *per_mode))
                pattern.fail(
                    "CFG-TAKE-NOTHING",
                    f"{source.key} 没有合于 {wanted} 的条款",
                    f"{source.key} has no clause that fits {wanted}",
                    zh,
                    en,
                )
            for name in names:
                several = per_mode.get(name, [])
                alike = len({clause.steps for clause in several}) == 1 and len(several) == len(source.modes)
                if several and not alike:
                    pattern.fail(
                        "CFG-TAKE-MODES",
                        f"{source.key} 各模式的 {name} 不一，不知取哪一个",
                        f"the modes of {source.key} differ in {name}: which one is not said",
                        f"请写 from: {' 或 '.join(source.modes)}",
                        f"write from: {' or '.join(source.modes)}",
                    )
                clause = several[0] if several else own[name]
                years = tuple(year + shift if year > START else year for year in clause.steps.years)
                found[name] = replace(clause, steps=Steps(years, clause.steps.values))
    return found


def _source(node: Node, path: str, depth: int) -> Policy:
    """Return the policy that clauses are taken from."""
    if depth > MAX_CHAIN:
        node.fail("CFG-TAKE-CIRCLE", "政策互相取用条款，成了循环", "policies take clauses from one another in a circle")
    name = node.text()
    if name.endswith((".yaml", ".yml")):
        file = Path(path).parent / name
        if not exists(file):
            node.fail(
                "CFG-NO-FILE",
                f"找不到政策文件 {name}",
                f"there is no policy file {name}",
                "路径从本文件所在文件夹算起",
                "paths start from the folder of this file",
            )
    else:
        names = [n for n in policy_names() if n != STATUS_QUO]
        if name not in names:
            zh, en = did_you_mean(name, names)
            node.fail("CFG-UNKNOWN-POLICY", f"没有政策 {name}", f"no policy {name}", zh, en)
        file = configs() / "policies" / f"{name}.yaml"
    return _policy(str(file), stamp_of(str(file)), depth + 1)


def _mode(name: str, path: str, depth: int, node: Node) -> Policy:
    file = Path(path).parent / f"{name}.yaml"
    if not file.is_file():
        file = configs() / "policies" / f"{name}.yaml"
    found = _policy(str(file), stamp_of(str(file)), depth + 1) if file.is_file() and name != LAW else None
    if found is None or len(found.modes) != 1:
        modes = [n for n in policy_names() if n not in (STATUS_QUO, "none")]
        zh, en = did_you_mean(name, modes)
        node.fail("CFG-UNKNOWN-MODE", f"没有办学模式 {name} 的声明", f"no declaration of the mode {name}", zh, en)
    return found
