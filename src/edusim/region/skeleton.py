"""The lasting frame of a drawn county: schools, their places, goods, posts and groups.

All of it follows the region's own seed, so it is the same in every draw of a run. Between-school
inequality is not left to chance: the spread of each good is set so that the official coefficient of
difference of the county equals the declared one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edusim import draws
from edusim.region.people import (
    JUNIOR_WEIGHT,
    N_PRIMARY_GRADES,
    Float,
    Homes,
    Int,
    Law,
    posts,
    relative_management,
    share_out,
    stage_weight,
)
from edusim.state import N_GRADES, Table

_URBAN, _TOWN, _RURAL, _MOUNTAIN = range(4)
_PRIMARY, _JUNIOR, _NINE_YEAR = range(3)
#: The least a county has: (stage, zone), eight schools that serve every zone.
_LEAST = ((0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (2, 2), (2, 3))
_PRIVATE = ((1, 0), (0, 0), (1, 0), (1, 1), (0, 0), (2, 0))  # kinds of private schools, in turn
_LEAST_PUPILS = 50  # the official measure leaves out teaching points below this
_FIT_ROUNDS = 25
_GRADES = np.arange(1, N_GRADES + 1)


def _scale(settings: Mapping[str, Any], n_pupils: int) -> float:
    """Return how many times a county of 100,000 pupils its schools are; small counties shrink less."""
    small = float(settings["region.schools.small_county_pupils"])
    below: float = min(n_pupils / small, 1.0) ** float(settings["region.schools.small_county_exponent"])
    return max(n_pupils, small) / 100_000 * below


def _kinds(settings: Mapping[str, Any], n_pupils: int) -> tuple[Int, Int, int]:
    """Return stage and zone of every public school, in the order of ids, and the number of private ones."""
    scale = _scale(settings, n_pupils)
    names = ("primary", "junior", "nine_year")
    wanted = np.stack([settings[f"region.schools.{name}"] for name in names]).astype(np.float64) * scale
    least = np.zeros_like(wanted)
    for row, column in _LEAST:
        least[row, column] = 1.0
    number = np.maximum(np.floor(wanted), least)
    left = round(float(wanted.sum() - number.sum()))
    if left > 0:
        order = np.argsort(-(wanted - number).ravel(), kind="stable")[:left]
        number.ravel()[order] += 1
    counts = number.astype(np.int64).ravel()
    stage = np.repeat(np.repeat(np.arange(3), 4), counts)
    zone = np.repeat(np.tile(np.arange(4), 3), counts)
    return stage, zone, round(float(settings["region.schools.private"]) * scale)


def _places(schools: Table, settings: Mapping[str, Any], seed: int, n_pupils: int) -> None:
    """Put schools on the map: city at the origin, towns in a ring, villages around towns, mountains west."""
    grow = np.sqrt(max(1.0, n_pupils / 100_000))
    width = float(settings["region.geography.extent_km"]) * grow
    n_towns = max(2, round(float(settings["region.geography.towns"]) * n_pupils / 100_000))
    town = np.arange(n_towns)
    angle = 2 * np.pi * (town + draws.uniform(seed, "region.neighbourhood", -1, town, k=1)) / n_towns
    reach = width * (0.14 + 0.22 * draws.uniform(seed, "region.neighbourhood", -1, town, k=2))
    town_x, town_y = reach * np.cos(angle), reach * np.sin(angle)

    def uniform(k: int) -> Float:
        return draws.uniform(seed, "region.school", 0, schools.id, k=k)

    def normal(k: int) -> Float:
        return draws.normal(seed, "region.school", 0, schools.id, k=k)

    zone = schools.zone.astype(np.int64)
    number = np.zeros(schools.n, np.int64)
    for code in (_TOWN, _RURAL):
        rows = zone == code
        number[rows] = np.arange(rows.sum()) % n_towns
    radius = float(settings["region.geography.city_radius_km"]) * grow
    near, far = (float(settings[f"region.geography.village_{k}_km"]) for k in ("near", "far"))
    turn = 2 * np.pi * uniform(3)
    away = np.sqrt(uniform(4))
    ring = near + max(far - near, 0.0) * uniform(5)
    town_radius = float(settings["region.geography.town_radius_km"])
    strip = width * float(settings["region.geography.mountain_share"])
    x = np.select(
        [zone == _URBAN, zone == _TOWN, zone == _RURAL],
        [
            radius * away * np.cos(turn),
            town_x[number] + town_radius * normal(6),
            town_x[number] + ring * np.cos(turn),
        ],
        -0.6 * width + strip * uniform(7),
    )
    y = np.select(
        [zone == _URBAN, zone == _TOWN, zone == _RURAL],
        [
            radius * away * np.sin(turn),
            town_y[number] + town_radius * normal(8),
            town_y[number] + ring * np.sin(turn),
        ],
        0.8 * width * (uniform(9) - 0.5),
    )
    schools["x_km"], schools["y_km"] = x, y


def draw_schools(settings: Mapping[str, Any], seed: int, n_pupils: int) -> tuple[Table, Int]:
    """Draw the schools: stage, zone, place, management and planned size.

    Parameters
    ----------
    settings
        Generator numbers.
    seed
        The region's seed.
    n_pupils
        Pupils of the county.

    Returns
    -------
    schools : Table
        Ids 1, 2, ...; public schools first. Seats, goods and groups are still empty.
    enrolment : numpy.ndarray
        int64, shape (n_schools, 9): pupils a grade; junior columns of public schools are sizes to aim at.
    """
    stage, zone, n_private = _kinds(settings, n_pupils)
    n_public = stage.size
    private = [_PRIVATE[i % len(_PRIVATE)] for i in range(n_private)]
    schools = Table.empty("schools", n_public + n_private)
    schools["id"] = np.arange(1, schools.n + 1)
    schools["stage"] = np.concatenate([stage, np.array([p[0] for p in private], np.int64)])
    schools["zone"] = np.concatenate([zone, np.array([p[1] for p in private], np.int64)])
    schools["is_private"] = np.arange(schools.n) >= n_public
    schools["fee_yuan_year"] = np.where(schools.is_private, float(settings["region.money.fee_yuan_year"]), 0.0)
    schools["has_boarding"] = (schools.zone >= _RURAL) & (schools.stage != _PRIMARY)
    schools["allowance_class"] = np.where(schools.zone == _MOUNTAIN, 2, np.where(schools.zone == _RURAL, 1, 0))
    _places(schools, settings, seed, n_pupils)

    management = settings["region.management.zone_mean"][schools.zone]
    management = management + draws.normal(seed, "region.school", 0, schools.id, k=10)
    schools["management"] = np.clip((management - management.mean()) / management.std(), -4, 4)
    # A start only: the engine replaces it by last year's results.
    schools["reputation"] = 0.3 * schools.management

    growth = settings["region.pupils.cohort_growth"]
    middle = (1 + N_PRIMARY_GRADES) / 2
    profile = (1.0 + growth[:, None]) ** -(_GRADES[None, :] - middle)  # (zone, grade), 1 in the middle
    of_zone = np.where(np.bincount(zone[stage != _JUNIOR], minlength=4) > 0, settings["region.pupils.zone_share"], 0)
    pupils_private = float(settings["region.pupils.private_share"]) * n_pupils if n_private else 0.0
    primary_total = profile[:, :N_PRIMARY_GRADES].sum(axis=1)
    all_grades = profile.sum(axis=1) / primary_total
    of_zone = of_zone * (n_pupils - pupils_private) / (of_zone @ all_grades)  # primary pupils of each zone

    spread = settings["region.pupils.size_sd"][schools.zone]
    size = np.exp(
        spread * draws.normal(seed, "region.school", 0, schools.id, k=11)
        + float(settings["region.pupils.size_management"]) * relative_management(schools)
    )
    enrolment = np.zeros((schools.n, N_GRADES), np.int64)
    least = float(settings["region.pupils.least_school"])
    start, stop = np.arange(schools.n) * N_PRIMARY_GRADES, (np.arange(schools.n) + 1) * N_PRIMARY_GRADES
    primary = np.zeros(schools.n)
    for code in range(4):
        rows = np.flatnonzero((schools.stage != _JUNIOR) & ~schools.is_private & (schools.zone == code))
        if rows.size == 0:
            continue
        primary[rows] = of_zone[code] * size[rows] / size[rows].sum()
        # The smallest schools are brought up to the least size, the others pay for it.
        floor = min(least, of_zone[code] / rows.size)
        low = primary[rows] < floor
        if low.any() and not low.all():
            rest = of_zone[code] - floor * low.sum()
            others = primary[rows][~low]
            primary[rows[~low]] = others * rest / others.sum()
            primary[rows[low]] = floor
    by_grade = profile[schools.zone, :N_PRIMARY_GRADES].ravel()
    enrolment[:, :N_PRIMARY_GRADES] = share_out(np.rint(primary), by_grade, start, stop).reshape(schools.n, -1)
    # Sizes to aim at count relative to one another; city schools divide the city's pupils among themselves.
    relative = np.array([1.0, 1.0, *(float(settings[f"region.pupils.junior_size.{k}"]) for k in ("rural", "mountain"))])
    per_school = n_pupils / 3 / max(int(((schools.stage != _PRIMARY) & ~schools.is_private).sum()), 1)
    aim = per_school * relative[schools.zone] * size
    aim = np.where(schools.stage == _NINE_YEAR, aim * float(settings["region.pupils.nine_year_junior_share"]), aim)
    has_junior = (schools.stage != _PRIMARY) & ~schools.is_private
    enrolment[has_junior, N_PRIMARY_GRADES:] = np.maximum(np.rint(aim[has_junior] / 3), 1)[:, None]
    if n_private:
        rows = np.flatnonzero(schools.is_private)
        taught = np.stack(
            [(_GRADES <= 6) & (s != _JUNIOR) | (_GRADES > 6) & (s != _PRIMARY) for s in schools.stage[rows]]
        )
        weight = taught * size[rows][:, None]
        enrolment[rows] = np.rint(weight * pupils_private / weight.sum()).astype(np.int64)
    return schools, enrolment


def set_seats(schools: Table, enrolment: Int, settings: Mapping[str, Any], law: Law) -> None:
    """Give every school seats: whole classes at the class cap for the largest grade and some slack."""
    slack = settings["region.pupils.seat_slack"][schools.zone]
    slack = np.where(schools.is_private, float(settings["region.pupils.private_seat_slack"]), slack)
    parts = (("primary", slice(0, N_PRIMARY_GRADES), _JUNIOR), ("junior", slice(N_PRIMARY_GRADES, N_GRADES), _PRIMARY))
    for name, grades, without in parts:
        cap = float(law[f"teaching.class_cap_{name}"])
        largest = np.maximum(enrolment[:, grades].max(axis=1), 1)
        seats = cap * np.ceil(largest * slack / cap)
        schools[f"seats_{name}"] = np.where(schools.stage == without, 0, seats)


def _parts(enrolment: Int) -> tuple[Float, Float]:
    """Return pupils of both stages (2, S) and the share of a school's goods that counts to each (2, S)."""
    pupils = np.stack([enrolment[:, :N_PRIMARY_GRADES].sum(axis=1), enrolment[:, N_PRIMARY_GRADES:].sum(axis=1)])
    junior = stage_weight(enrolment)
    return pupils.astype(np.float64), np.stack([1.0 - junior, junior])


def _cv_and_mean(total: Float, pupils: Float, part: Float) -> tuple[Float, Float]:
    """Return the official enrolment-weighted CV and the mean a pupil of each stage, float64 (2,)."""
    n = np.where(pupils >= _LEAST_PUPILS, pupils, 0.0)
    x = np.where(n > 0, total * part, 0.0)
    mean = x.sum(axis=1) / np.maximum(n.sum(axis=1), 1.0)
    ratio = x / np.maximum(n, 1.0)
    variance = (n * (ratio - mean[:, None]) ** 2).sum(axis=1) / np.maximum(n.sum(axis=1), 1.0)
    return np.sqrt(variance) / np.maximum(mean, 1e-300), mean


def _fit_spread(make: Any, aim: Float, pupils: Float, part: Float, most: float) -> Float:
    """Return the spread of each stage at which ``make(spread)`` has the CV aimed at, or comes nearest."""
    spread = np.full(2, 0.3)
    best, best_miss = spread, np.full(2, np.inf)
    for _ in range(_FIT_ROUNDS):
        cv, _mean = _cv_and_mean(make(spread), pupils, part)
        miss = np.abs(np.log(np.maximum(cv, 1e-9) / aim))
        best = np.where(miss < best_miss, spread, best)
        best_miss = np.minimum(miss, best_miss)
        spread = np.clip(spread * np.clip(aim / np.maximum(cv, 1e-9), 0.5, 2.0), 0.005, most)
    return best


def set_goods(schools: Table, enrolment: Int, settings: Mapping[str, Any], seed: int) -> None:
    """Give schools buildings, sports grounds, equipment, rooms and operating funds.

    A good a pupil is log-normal over schools. Crowded schools have less of it (``size_slope_*``), the
    goods of a school share a common part, and the spread is set so that the official CV of each stage
    is the declared one; county means are the declared levels.
    """
    pupils, part = _parts(enrolment)
    equivalent = pupils[0] + JUNIOR_WEIGHT * pupils[1]
    log_size = np.log(np.maximum(equivalent, 1.0))
    size = np.zeros(schools.n)
    for rows in (schools.stage == _PRIMARY, schools.stage != _PRIMARY):
        if rows.sum() > 1:
            size[rows] = (log_size[rows] - log_size[rows].mean()) / max(float(log_size[rows].std()), 1e-9)
    common = float(settings["region.facilities.common"])
    shared = draws.normal(seed, "region.school", 0, schools.id, k=20)
    # Every school's own spread: that of its stage; a nine-year school lies between the two.
    for k, good in enumerate(("buildings", "sports", "equipment", "rooms")):
        slope = float(settings[f"region.facilities.size_slope_{'area' if k < 2 else 'goods'}"])
        own = draws.normal(seed, "region.school", 0, schools.id, k=21 + k)
        latent = slope * size + np.sqrt(1 - slope**2) * (np.sqrt(common) * shared + np.sqrt(1 - common) * own)
        level = settings[f"region.facilities.{good}"] / (100.0 if good == "rooms" else 1.0)
        need = level @ pupils

        def make(spread: Float, latent: Float = latent, need: Float = need) -> Float:
            return np.asarray(need * np.exp((spread @ part) * latent))

        aim = settings[f"region.facilities.{good}_cv"]
        total = make(_fit_spread(make, aim, pupils, part, 1.5))
        for _ in range(4):  # brings both stages to their level; nine-year schools tie the two together
            _cv, mean = _cv_and_mean(total, pupils, part)
            total = total * ((level / np.maximum(mean, 1e-300)) @ part)
        name = {"buildings": "buildings_m2", "sports": "sports_m2", "equipment": "equipment_yuan", "rooms": "rooms"}
        schools[name[good]] = np.rint(total) if good == "rooms" else np.round(total, 1)
    funds = settings["region.money.operating_yuan_pupil"] @ part
    noise = draws.normal(seed, "region.school", 0, schools.id, k=26)
    schools["operating_yuan_pupil"] = np.round(funds * np.exp(float(settings["region.money.operating_sd"]) * noise), 0)


def plan_staff(
    schools: Table, enrolment: Int, settings: Mapping[str, Any], law: Law, seed: int
) -> tuple[Int, dict[str, Int]]:
    """Return how many teachers each school has, and how many of middle and of senior rank.

    Staff are the posts by rule (:func:`edusim.region.people.posts`) times a tendency of the zone
    (posts follow enrolment slowly: tight in the city, surplus where pupils left) and chance, whose
    spread gives the declared CV of teachers per pupil within ``least`` and ``most``. Ranks are more
    unequal than numbers: the share of middle rank and above varies so that its own CV is as declared.

    Returns
    -------
    staff : numpy.ndarray
        int64, shape (n_schools,).
    counts : dict
        ``middle_up``, ``senior``: int64, shape (n_schools,), for ``draw_teachers``.
    """
    pupils, part = _parts(enrolment)
    rule = posts(enrolment, law).sum(axis=0)
    filled = 1.0 - settings["region.staff.vacancy"][schools.zone]
    tendency = np.where(schools.is_private, 1.0, settings["region.staff.surplus"][schools.zone])
    noise = draws.normal(seed, "region.school", 0, schools.id, k=30)
    least, most = float(settings["region.staff.least"]), float(settings["region.staff.most"])

    def make_staff(spread: Float) -> Float:
        return np.asarray(rule * np.clip(tendency * np.exp((spread @ part) * noise), least, most) * filled)

    staff = np.maximum(np.rint(make_staff(_fit_spread(make_staff, settings["region.staff.cv"], pupils, part, 0.6))), 2)
    senior = part[0] * float(law["promotion.senior_share_primary"])
    senior = senior + part[1] * float(law["promotion.senior_share_junior"])
    middle_up = senior + float(law["promotion.middle_share"])
    rank_noise = draws.normal(seed, "region.school", 0, schools.id, k=31)

    def make_rank(spread: Float) -> Float:
        share = np.clip(middle_up * np.exp((spread @ part) * rank_noise), 0.05, 0.95)
        return np.asarray(staff * share * ((staff @ middle_up) / (staff @ share)))

    ranked = make_rank(_fit_spread(make_rank, settings["region.staff.middle_cv"], pupils, part, 1.0))
    ranked = np.minimum(np.floor(ranked + draws.uniform(seed, "region.school", 0, schools.id, k=32)), staff)
    of_these = ranked * senior / np.maximum(middle_up, 1e-9)
    high = np.floor(of_these + draws.uniform(seed, "region.school", 0, schools.id, k=33))
    return staff.astype(np.int64), {"middle_up": ranked.astype(np.int64), "senior": high.astype(np.int64)}


def _sizes(n_groups: int, n_members: int, settings: Mapping[str, Any], order: Float) -> Int:
    """Return members of each group: the published distribution of sizes, rescaled to cover all members."""
    published = settings["region.groups.size"]
    share = np.cumsum(published) / published.sum()
    middle = (np.argsort(np.argsort(order)) + 0.5) / n_groups
    size = 1.0 + np.searchsorted(share, middle)
    more = np.maximum(size * n_members / size.sum() - 1.0, 0.0)
    spare = n_members - n_groups
    more = more * spare / more.sum() if more.sum() > 0 else np.full(n_groups, spare / n_groups)
    whole = np.floor(more)
    left = int(spare - whole.sum())
    whole[np.argsort(-(more - whole), kind="stable")[:left]] += 1
    return np.asarray((1 + whole).astype(np.int64))


def draw_groups(schools: Table, settings: Mapping[str, Any], seed: int, n_pupils: int) -> Table:
    """Pair core and member schools, as the law in force has it (结对), and mark them.

    Primary schools form groups among themselves, junior and nine-year schools likewise. Cores are the
    best managed city schools and some town schools; members are all other public schools in towns,
    villages and mountains. Mountain members go to city cores on principle, the rest by nearness. A
    group's size follows the published distribution, rescaled to cover all.

    Returns
    -------
    Table
        Groups, ids 1, 2, ...; ``member_of, leads, is_core_base, is_member_base`` of schools are set.
    """
    scale = _scale(settings, n_pupils)
    cores: list[int] = []
    pairs: list[tuple[int, int]] = []
    for family, wanted in (("primary", _PRIMARY), ("junior", _JUNIOR)):
        is_family = (schools.stage == _PRIMARY) == (wanted == _PRIMARY)
        rows = np.flatnonzero(is_family & ~schools.is_private)
        best = rows[np.argsort(-schools.management[rows], kind="stable")]
        city, town = best[schools.zone[best] == _URBAN], best[schools.zone[best] == _TOWN]
        n = max(1, round(float(settings[f"region.groups.{family}"]) * scale))
        free = float(settings["region.groups.city_free_share"])
        n_city = min(max(1, round(n * (1.0 - float(settings["region.groups.town_core_share"])))),
                     max(1, int(city.size * (1.0 - free))), city.size)  # fmt: skip
        n_town = min(n - n_city, 6 * town.size // 10)  # most towns are members
        chosen = np.concatenate([city[:n_city], town[:n_town]])
        members = rows[(schools.zone[rows] != _URBAN) & ~np.isin(rows, chosen)]
        if members.size == 0 or chosen.size == 0:
            continue
        chosen = chosen[: members.size]
        order = draws.uniform(seed, "region.group", 0, schools.id[chosen], k=1)
        room = _sizes(chosen.size, members.size, settings, order)
        near = float(settings["region.groups.far_weight"])
        is_city = schools.zone[chosen] == _URBAN
        chance = draws.uniform(seed, "region.group", 0, schools.id[members], k=2)
        # Mountains choose first, then villages, then towns: principle before nearness.
        for m in np.lexsort((chance, -schools.zone[members])):
            row = members[m]
            far = np.hypot(schools.x_km[chosen] - schools.x_km[row], schools.y_km[chosen] - schools.y_km[row])
            cost = near * far + draws.uniform(seed, "region.group", 0, schools.id[row], schools.id[chosen], k=3)
            cost = cost + np.where(room <= 0, 1e6, 0.0)
            if schools.zone[row] == _MOUNTAIN:
                cost = cost + np.where(is_city, 0.0, 1e3)
            pick = int(np.argmin(cost))
            room[pick] -= 1
            pairs.append((int(row), len(cores) + pick))
        cores.extend(int(c) for c in chosen)
    groups = Table.empty("groups", len(cores))
    groups["id"] = np.arange(1, groups.n + 1)
    groups["core"] = cores
    groups["mode"] = 0
    schools.leads[cores] = np.arange(groups.n)
    for row, group in pairs:
        schools.member_of[row] = group
    schools["is_core_base"] = schools.leads >= 0
    schools["is_member_base"] = schools.member_of >= 0
    return groups


def entrants(homes: Homes, settings: Mapping[str, Any], seed: int, base_year: int, years: int) -> Int:
    """Return entrants to grade 1 by year and neighbourhood: an input, the same in all draws and policies.

    ``base * prod(1 + growth of the zone + noise)``, rounded at random by a keyed number, so that small
    places are right on average.

    Returns
    -------
    numpy.ndarray
        int64, shape (years, n_neighbourhoods); row i is year ``base_year + 1 + i``.
    """
    table = homes.table
    base = homes.pupils[0].astype(np.float64)
    growth = settings["region.demography.growth"][table.zone]
    spread = float(settings["region.demography.growth_sd"])
    out = np.zeros((years, table.n), np.int64)
    level = base.copy()
    for i in range(years):
        year = base_year + 1 + i
        noise = draws.normal(seed, "demography.entrant", year, table.id, k=1)
        level = level * np.clip(1.0 + growth + spread * noise, 0.5, 1.5)
        out[i] = np.floor(level + draws.uniform(seed, "demography.entrant", year, table.id, k=2))
    return out
