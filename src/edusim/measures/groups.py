"""Groups: how many, how deep, how far, what falls short of the targets; facilities within reach of members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.measures.registry import Measure, county, divide

if TYPE_CHECKING:
    from edusim.measures.collect import Year

_MODEL = "definition of the model"
_URBAN = 0
#: Code of ``target.coverage_base`` under which all schools count.
_ALL_SCHOOLS = 1


def _declared() -> tuple[Measure, ...]:
    plan = "community plan 一(二)"
    return (
        county("groups.deep_share", "深度模式（融合、共建等）占教共体比例", "share of groups in the deep modes", "share", "up",
               "groups with a member in a mode that counts as deep, over groups with a member in a mode of the policy; "
               "0 without such groups", plan),
        county("groups.new_cores", "成员校成为新核心校的累计数", "members that have become cores", "schools", "up",
               "since the base year", "Gangkou 四(三)6"),
        county("groups.schools_entrusted", "民办学校托管的乡村薄弱学校数", "rural schools run by a private school", "schools",
               "none", "public schools with a private trustee whose contract is paid for this year", "community plan 三(二)"),
        county("groups.distance_mean_km", "成员校到核心校平均直线距离", "distance from members to their core", "km", "down",
               "mean straight-line distance over member schools whose core lies in the county, pairings included", _MODEL),
        county("target.coverage_short", "覆盖率距目标的差距", "coverage below the target", "share", "down",
               "target share less the share of schools (public ones in towns and villages, or all, as the target says) in a "
               "group under the policy, at least 0", plan),
        county("target.deep_short", "深度模式占比距目标的差距", "deep modes below the target", "share", "down",
               "target share less groups.deep_share, at least 0", plan),
        county("target.groups_short", "教共体个数距目标的差距", "groups below the target", "groups", "down",
               "target number less groups.number, at least 0", "Ninghe 二"),
        county("target.satisfaction_short", "入教共体学校满意度距目标的差距", "satisfaction below the target", "share", "down",
               "target less the mean satisfaction over schools with pupils in a group under the policy, at least 0; the whole "
               "target without such schools", "Nanyang 五"),
        county("facilities.sports_reach", "成员校学生可用的生均运动场馆面积", "sports area within reach of members' pupils",
               "m2/pupil", "up", "own area a pupil plus what other campuses share within reach, mean over pupils of "
               "base-year member schools; no official indicator", "Nanyang 六(四)1"),
        county("facilities.rooms_reach", "成员校学生可用的每百人多媒体教室数", "multimedia rooms within reach of members' pupils",
               "rooms/100 pupils", "up", "own rooms plus what other campuses share within reach, mean over pupils of base-year "
               "member schools; no official indicator", "Nanyang 六(四)1"),
    )  # fmt: skip


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's measures of groups, targets and shared facilities."""
    t, schools, groups, law = year.tally, year.schools, year.groups, year.law
    acting = (year.members_of_group > 0) & (groups.mode > 0)
    number = float(np.count_nonzero(acting))
    deep = np.asarray(getattr(law, "by_mode", {}).get("groups.counts_as_deep", np.zeros(1)))
    modes = groups.mode[acting]
    deep_share = float(np.count_nonzero(deep[np.minimum(modes, deep.size - 1)] > 0)) / number if number else 0.0
    core = np.where(schools.member_of >= 0, groups.core[np.maximum(schools.member_of, 0)] if groups.n else -1, -1)
    pairs = np.flatnonzero(core >= 0)
    km = np.hypot(schools.x_km[pairs] - schools.x_km[core[pairs]], schools.y_km[pairs] - schools.y_km[core[pairs]])
    covered, size = year.mode_of_school > 0, year.n[2]
    is_open = size > 0
    wanted = is_open
    if _given(law, "target.coverage_base") != _ALL_SCHOOLS:
        wanted = is_open & (schools.zone != _URBAN) & ~schools.is_private
    coverage = divide(float(np.count_nonzero(wanted & covered)), float(np.count_nonzero(wanted)))
    here = schools.satisfaction[is_open & covered]
    satisfied = float(here.mean()) if here.size else 0.0
    member = schools.is_member_base
    pupils = float(size[member].sum())

    def reach(name: str, own: Any, per: float) -> float:
        within = getattr(t, name, None)
        total = own[member].sum() if within is None else (within * size)[member].sum()
        return divide(per * float(total), pupils)

    return {
        "groups.deep_share": [deep_share],
        "groups.new_cores": [float(getattr(t, "n_new_cores", 0))],
        "groups.schools_entrusted": [float(getattr(t, "n_private_entrusted", 0))],
        "groups.distance_mean_km": [divide(float(km.sum()), km.size)],
        "target.coverage_short": [_short(law, "target.coverage_share", coverage)],
        "target.deep_short": [_short(law, "target.deep_share", deep_share)],
        "target.groups_short": [_short(law, "target.groups", number)],
        "target.satisfaction_short": [_short(law, "target.satisfaction_share", satisfied)],
        "facilities.sports_reach": [reach("sports_reach", schools.sports_m2, 1.0)],
        "facilities.rooms_reach": [reach("rooms_reach", schools.rooms, 100.0)],
    }


def _given(law: Any, path: str) -> float:
    """Return a county value of the law; 0 where the law does not know it."""
    return float(law[path]) if hasattr(law, "keys") and path in law else 0.0


def _short(law: Any, path: str, found: float) -> float:
    """Return by how much a target is missed; 0 without a target or where nothing can be reckoned."""
    return max(0.0, _given(law, path) - found) if found == found else 0.0
