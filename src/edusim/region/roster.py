"""A county read from a roster: what is given is used exactly, what is not is drawn anew in every draw.

A roster is an Excel workbook or CSV files in Chinese or English (see
:mod:`edusim.region.roster_columns`); reading and checking it are :mod:`edusim.region.roster_cells`,
``roster_check`` and ``roster_relations``. Empty cells are drawn from the distributions of the region file
(``community_county``) and of ``reference``; every drawn cell is marked and counted.

No name or code of a school leaves this file: schools are numbered by a keyed hash of their codes, and
results say 学校001 / School 001. Which is which is written only on request (:meth:`RosterRegion.write_key`).
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import draws
from edusim.errors import ConfigError, DataError
from edusim.region import settings as region_settings
from edusim.region.case import Case, Demography
from edusim.region.roster_check import Roster, load_roster, standard_scores
from edusim.region.roster_mapping import load_mapping
from edusim.region.roster_relations import GRADES_OF
from edusim.region.roster_report import CheckReport, empties
from edusim.state import N_GRADES, STAGES, ZONES, State, Table

if TYPE_CHECKING:
    from edusim.region.people import Float, Int, Law
    from edusim.region.roster_people import Bool

__all__ = ["RosterRegion", "check", "from_roster", "load_roster", "to_impute"]

_JUNIOR_GRADES = slice(6, 9)
#: The roster's keys that are columns of ``state.schools`` without further ado.
_AS_IS = (
    "fee_yuan_year", "buildings_m2", "sports_m2", "equipment_yuan", "rooms", "operating_yuan_pupil", "turnover",
    "satisfaction", "good_senior_chance", "z_score", "quota_places", "quota_floor_gap", "quota_unfilled_share",
)  # fmt: skip
#: Of these, what is drawn when it is not given (the rest is the model's own business).
_DRAWN = ("buildings_m2", "sports_m2", "equipment_yuan", "rooms", "operating_yuan_pupil")
_COUNTS = {
    "teachers_above_degree": "above_degree",
    "teachers_backbone": "backbone",
    "teachers_pe_art_music": "pe_art_music",
    "teachers_senior": "senior",
}
#: The official measure leaves out teaching points below this.
_COUNTED_PUPILS = 50
_ENLARGE = 1000
_OUTSIDE = ("outside_management", "outside_quality", "outside_distance_km")
_BY_RULE = ("quota_places", "quota_floor_gap", "quota_unfilled_share", "z_score")


def check(path: str | Path, mapping: Any = None) -> CheckReport:
    """Check a roster and say what is wrong, odd, normalised, and what would be drawn.

    Parameters
    ----------
    path
        Workbook, CSV file or folder of CSV files.
    mapping
        Path, shipped name or content of a mapping, for tables with headers of their own.

    Returns
    -------
    CheckReport
        Nothing about the roster's content is raised; ``report.ok`` says whether it can be used.

    Raises
    ------
    ConfigError
        When the mapping itself is wrong.
    """
    roster = load_roster(path, load_mapping(mapping))
    if "schools" in roster.sheets:
        roster.report.empty = empties(roster.sheets, *_empty_cells(roster))
    if roster.report.ok:
        _count_imputed(roster)
    return roster.report


def from_roster(
    path: str | Path,
    mapping: Any = None,
    *,
    file: str = region_settings.DEFAULT,
    values: Mapping[str, Any] | None = None,
    pseudonym_key: str = "",
) -> RosterRegion:
    """Return a county read from a roster.

    Parameters
    ----------
    path
        Workbook, CSV file or folder of CSV files.
    mapping
        Path, shipped name or content of a mapping, for tables with headers of their own.
    file
        Region file whose distributions fill what is not given.
    values
        Path -> value of generator parameters that replace those of ``file`` or ``reference``.
    pseudonym_key
        Secret text that decides the order of pseudonyms; without it the order follows from the codes.

    Raises
    ------
    DataError
        With every fault of the roster (:class:`~edusim.errors.DataErrors` when there are several).
    ConfigError
        When the mapping or a value is wrong.
    """
    roster = load_roster(path, load_mapping(mapping))
    roster.report.raise_errors()
    _count_imputed(roster)
    return RosterRegion(roster, file, values, pseudonym_key)


def to_impute(roster: Roster) -> dict[str, Bool]:
    """Return which cells of the schools must be drawn: column -> bool, shape (n_schools,), file order.

    Keys are columns of ``state.schools``, ``pupils_g1``-``pupils_g9``, and ``teachers`` with its parts.
    """
    s = roster.schools
    stage = s.column("stage")

    def empty(key: str) -> Bool:
        return np.array([v is None for v in s.column(key)], dtype=bool)

    out: dict[str, Bool] = {}
    for g in range(N_GRADES):
        taught = np.array([g in GRADES_OF.get(word, ()) for word in stage], dtype=bool)
        out[f"pupils_g{g + 1}"] = taught & empty(f"pupils_g{g + 1}")
    place = empty("x_km") | empty("y_km")
    primary = np.array([word != "junior" for word in stage], dtype=bool)
    junior = np.array([word != "primary" for word in stage], dtype=bool)
    private = np.array([word == "yes" for word in s.column("private")], dtype=bool)
    out |= {"is_private": empty("private"), "fee_yuan_year": empty("fee_yuan_year") & private}
    out |= {
        "has_boarding": empty("boarding"),
        "allowance_class": empty("allowance_class"),
        "x_km": place,
        "y_km": place,
    }
    out |= {"seats_primary": empty("seats") & primary, "seats_junior": empty("seats") & junior}
    out |= {key: empty(key) for key in _DRAWN}
    listed = np.zeros(s.n, bool)
    if "teachers" in roster.sheets:
        rows = [r for r in roster.sheets["teachers"].column("school_row") if r is not None and r >= 0]
        listed[rows] = True
    out["teachers"] = empty("teachers") & ~listed
    out |= {key: empty(key) & ~listed for key in _COUNTS}
    out |= {"management": np.ones(s.n, bool), "reputation": np.ones(s.n, bool)}
    return {key: mask for key, mask in out.items() if mask.any()}


def _count_imputed(roster: Roster) -> None:
    report = roster.report
    drawn, by_rule = _empty_cells(roster)
    counts = {key: int(mask.sum()) for key, mask in drawn.items()}
    # A group may stand in the schools sheet alone, so these are counted by group and not by row.
    outside = {f"groups.{k}": sum(g.core_outside and k not in g.outside for g in roster.groups) for k in _OUTSIDE}
    ordered = {key: n for key, n in counts.items() if key.startswith("schools.")} | outside | counts | outside
    report.imputed = {key: n for key, n in ordered.items() if n}
    report.by_rule = {key: int(mask.sum()) for key, mask in by_rule.items() if mask.any()}


def _empty_cells(roster: Roster) -> tuple[dict[str, Bool], dict[str, Bool]]:
    """Return which cells are drawn and which are left to the model's rule: ``sheet.column`` -> bool, shape (rows,)."""
    s = roster.schools
    drawn = {f"schools.{key}": mask for key, mask in to_impute(roster).items()}
    junior = np.array([word in ("junior", "nine_year") for word in s.column("stage")], dtype=bool)
    by_rule = {}
    for key in _BY_RULE:
        mask = junior & np.array([v is None for v in s.column(key)], dtype=bool)
        if key == "quota_floor_gap":
            mask = mask & np.array([v is None for v in s.column("quota_floor_score")], dtype=bool)
        by_rule[f"schools.{key}"] = mask
    kind = "groups"
    if kind in roster.sheets:
        sheet = roster.sheets[kind]
        outside = {g.name for g in roster.groups if g.core_outside}
        for key in _OUTSIDE:
            pairs = zip(sheet.column("id"), sheet.column(key), strict=True)
            drawn[f"{kind}.{key}"] = np.array([name in outside and v is None for name, v in pairs], dtype=bool)
    for kind in ("teachers", "neighbourhoods"):
        if kind in roster.sheets:
            for key in _optional(kind):
                column = roster.sheets[kind].column(key)
                drawn[f"{kind}.{key}"] = np.array([v is None for v in column], dtype=bool)
    return drawn, by_rule


def _optional(kind: str) -> tuple[str, ...]:
    if kind == "neighbourhoods":
        return ("x_km", "y_km", "catchment_primary", "catchment_junior", "ses_mean", "entrants")
    return ("subject", "age", "experience", "title", "backbone", "substitute", "pay_yuan_year", "years_at_post")


def _number_of(codes: Iterable[str], key: str) -> dict[str, int]:
    """Return a number from 1 for each code, in the order of a keyed hash: nothing about the file's order."""
    codes = list(codes)
    salt = hashlib.sha256(("\n".join([key, *sorted(codes)])).encode("utf-8", "surrogatepass")).digest()
    order = sorted(codes, key=lambda c: hashlib.blake2b(c.encode("utf-8", "surrogatepass"), key=salt).digest())
    return {code: i + 1 for i, code in enumerate(order)}


class RosterRegion:
    """A county read from a roster; see :func:`from_roster`.

    Attributes
    ----------
    name, kind, seed, n_pupils
        As of every region; ``seed`` is 0 (nothing is drawn once for all), ``n_pupils`` counts given pupils
        and, where none are given, an example of drawn ones.
    n_schools
        Schools in the roster.
    report
        What the check found.
    """

    kind = "roster"

    def __init__(self, roster: Roster, file: str, values: Mapping[str, Any] | None, pseudonym_key: str) -> None:
        reference = region_settings.read("reference")
        here = {k: v for k, v in (values or {}).items() if k.startswith("region.roster.")}
        there = {k: v for k, v in (values or {}).items() if k not in here}
        both = dict(region_settings.read(file, there).values_by_path)
        both |= (region_settings.read("reference", here) if here else reference).values_by_path
        self.settings = region_settings.Settings(both)
        self.report = roster.report
        self.seed = 0
        title = roster.mapping.title or {"zh": "名册中的县", "en": "county of a roster"}
        self.name: dict[str, str] = {"zh": title.get("zh", ""), "en": title.get("en", "")}
        codes = [str(c) for c in roster.schools.column("id")]
        number = _number_of(codes, pseudonym_key)
        self._ids = np.array([number[c] for c in codes], dtype=np.int64)
        # From here on everything is in the order of the pseudonymous numbers.
        self._order = np.argsort(self._ids)
        self._row = np.empty(len(codes), np.int64)
        self._row[self._order] = np.arange(len(codes))
        self._roster = roster
        self._impute = {key: mask[self._order] for key, mask in to_impute(roster).items()}
        self.n_schools = len(codes)
        self._given = np.stack([self._numbers(f"pupils_g{g}") for g in range(1, N_GRADES + 1)], axis=1)
        self.n_pupils = int(self._enrolment(self._schools(self.seed), self.seed).sum())

    # ------------------------------------------------------------ the file's columns

    def _numbers(self, key: str) -> Float:
        return np.asarray(self._roster.schools.numbers(key)[self._order])

    def _words(self, key: str) -> list[Any]:
        column = self._roster.schools.column(key)
        return [column[i] for i in self._order]

    def pseudonyms(self) -> dict[str, list[str]]:
        """Return the Chinese and English pseudonym of each school, in the order of their numbers."""
        width = max(3, len(str(self.n_schools)))
        numbers = [f"{i:0{width}d}" for i in range(1, self.n_schools + 1)]
        return {"zh": [f"学校{n}" for n in numbers], "en": [f"School {n}" for n in numbers]}

    def write_key(self, path: str | Path) -> Path:
        """Write which school is which (number, pseudonyms, code, name) to a local CSV file.

        The only way in which real names leave the region, and only because the reader asked: keep the
        file on the machine where the roster is.

        Raises
        ------
        DataError
            When the file cannot be written.
        """
        names = self.pseudonyms()
        target = Path(path)
        try:
            with target.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["school_id", "pseudonym_zh", "pseudonym_en", "id", "name"])
                for i, (code, name) in enumerate(zip(self._words("id"), self._words("name"), strict=True)):
                    writer.writerow([i + 1, names["zh"][i], names["en"][i], code, name or ""])
        except OSError as problem:
            reason = problem.strerror or type(problem).__name__
            raise DataError(
                "DATA-UNWRITABLE",
                f"无法写入文件（{reason}）",
                f"the file cannot be written ({reason})",
                where=str(target),
            ) from None
        return target

    # ------------------------------------------------------------ building

    def build(self, law: Law, *, seed: int, draw: int, base_year: int, years: int, rows: str = "id") -> Case:
        """Return the county of one draw; see :meth:`edusim.region.case.Region.build`.

        Given cells are the same in every draw; every other cell is drawn anew.

        Raises
        ------
        ConfigError
            When ``rows`` is neither ``id`` nor ``shuffled``.
        """
        from edusim.region import people, roster_people, skeleton
        from edusim.region.synthetic import shuffled

        if rows not in ("id", "shuffled"):
            raise ConfigError("REGION-ROWS", f"rows 不能是 {rows}", f"rows cannot be {rows}", where="rows")
        s, mine = self.settings, people.seed_of(seed, draw)
        schools = self._schools(mine)
        groups = self._groups(schools, law, mine)
        self._management(schools, mine)
        enrolment = self._enrolment(schools, mine)
        homes = roster_people.homes(self._roster, self._row, schools, enrolment, s, mine)
        unplaced = int(np.abs(homes.enrolment - enrolment).sum())
        enrolment = homes.enrolment
        skeleton.set_seats(schools, enrolment, s, law)
        self._goods(schools, enrolment, mine)
        self._use_given(schools)
        staff, counts = self._planned_staff(schools, enrolment, law, mine)
        staff, counts, given_counts = self._given_staff(staff, counts)
        teachers = people.draw_teachers(
            schools, homes.table, staff, enrolment, law=law, settings=s, seed=mine, base_year=base_year, counts=counts
        )
        roster_people.fit_counts(teachers, given_counts)
        if "teachers" in self._roster.sheets:
            roster_people.use_listed(
                teachers, staff, self._roster.sheets["teachers"], self._row, schools, law, base_year
            )
        first = skeleton.entrants(homes, s, self.seed, base_year, years)
        given = roster_people.given_entrants(self._roster, homes)
        if given is not None:
            first = np.where(given[1], given[0], first)
        has_primary = bool((schools.stage != 1).any())
        seventh = np.zeros_like(first)
        if not has_primary:
            shadow = roster_people.as_first_grade(homes)
            seventh = skeleton.entrants(shadow, s, self.seed, base_year, years)
            if given is not None:
                seventh = np.where(given[1], given[0], seventh)
            first = np.zeros_like(first)
        largest = max(int(homes.pupils.sum(axis=1).max()), int((first + seventh).sum(axis=1).max(initial=0)))
        pupils = people.draw_pupils(
            schools, homes, settings=s, seed=mine, base_year=base_year, block_size=int(largest * 1.01) + 8
        )
        state = State(base_year, schools, groups, homes.table, teachers, pupils)
        destination = s["region.demography.destination"][homes.table.zone] * homes.pupils.sum(axis=0)
        destination = destination / max(float(destination.sum()), 1e-12)
        constants = roster_people.constants(s, homes, teachers)
        cells = {key: mask.copy() for key, mask in self._impute.items()}
        names = self.pseudonyms()
        if rows == "shuffled":
            state, order = shuffled(state, mine)
            take = order["neighbourhoods"]
            first, seventh, destination = first[:, take], seventh[:, take], destination[take]
            cells = {key: mask[order["schools"]] for key, mask in cells.items()}
            names = {lang: [every[i] for i in order["schools"]] for lang, every in names.items()}
        imputed = dict(self.report.imputed)
        for table, n in (("teachers", int(teachers.serving.sum())), ("neighbourhoods", homes.table.n)):
            if table not in self._roster.sheets:
                imputed[f"{table}.rows"] = n
        imputed["pupils.rows"] = int(homes.pupils.sum())
        demography = Demography(first, s["region.demography.move_share"], destination, seventh)
        return Case(
            state, demography, names, imputed, self._notes(unplaced, has_primary), constants, imputed_cells=cells
        )

    def _schools(self, mine: int) -> Table:
        s = self.settings
        n = self.n_schools
        schools = Table.empty("schools", n)
        schools["id"] = np.arange(1, n + 1)
        schools["stage"] = [STAGES.index(w) for w in self._words("stage")]
        schools["zone"] = [ZONES.index(w) for w in self._words("zone")]
        schools["is_private"] = [w == "yes" for w in self._words("private")]
        usual = np.where(schools.zone == 3, 2, np.where(schools.zone == 2, 1, 0))
        classes = {"none": 0, "b": 1, "a": 2}
        schools["allowance_class"] = [
            u if w is None else classes[w] for u, w in zip(usual, self._words("allowance_class"), strict=True)
        ]
        boarding = (schools.zone >= 2) & (schools.stage != 0)
        schools["has_boarding"] = [
            b if w is None else w == "yes" for b, w in zip(boarding, self._words("boarding"), strict=True)
        ]
        fee = self._numbers("fee_yuan_year")
        usual_fee = np.where(schools.is_private, float(s["region.money.fee_yuan_year"]), 0.0)
        schools["fee_yuan_year"] = np.where(np.isnan(fee), usual_fee, fee)
        x, y = self._numbers("x_km"), self._numbers("y_km")
        known = ~(np.isnan(x) | np.isnan(y))
        city = known & (schools.zone == 0) if (known & (schools.zone == 0)).any() else known
        centre = (float(x[city].mean()), float(y[city].mean())) if city.any() else (0.0, 0.0)
        u, turn = (draws.uniform(mine, "region.school", 2, schools.id, k=k) for k in (1, 2))
        reach = s["region.roster.place_km"][schools.zone] * np.sqrt(2.0 * u)
        # The mountains lie to the west, as in the drawn county.
        angle = np.where(schools.zone == 3, np.pi * (0.6 + 0.8 * turn), 2 * np.pi * turn)
        schools["x_km"] = np.where(known, x, centre[0] + reach * np.cos(angle))
        schools["y_km"] = np.where(known, y, centre[1] + reach * np.sin(angle))
        score = standard_scores(self._numbers("quota_floor_score"))
        gap = float(s["region.roster.quota_floor_mean"]) + float(s["region.roster.quota_floor_sd"]) * score
        schools["quota_floor_gap"] = gap
        return schools

    def _groups(self, schools: Table, law: Law, mine: int) -> Table:
        """Return the groups, in the order of a keyed hash, and mark cores and members."""
        s = self.settings
        entries = {g.name: g for g in self._roster.groups}
        number = _number_of(entries, "")
        groups = Table.empty("groups", len(entries))
        groups["id"] = np.arange(1, groups.n + 1)

        def normal(k: int) -> Float:
            return draws.normal(mine, "region.group", 2, groups.id, k=k)

        quality = 1.2816 * float(law["teacher.quality_sd"]) + float(s["region.roster.outside_quality"])
        drawn = {
            "outside_management": float(s["region.roster.outside_management"])
            + float(s["region.roster.outside_management_sd"]) * normal(1),
            "outside_quality": quality + float(s["region.roster.outside_quality_sd"]) * normal(2),
            "outside_distance_km": float(s["region.roster.outside_distance_km"])
            * np.exp(float(s["region.roster.outside_distance_sd"]) * normal(3)),
        }
        for name, entry in entries.items():
            row = number[name] - 1
            groups.core[row] = -1 if entry.core < 0 else self._row[entry.core]
            groups.year_formed[row] = entry.year_formed or 0
            if entry.core >= 0:
                schools.leads[self._row[entry.core]] = row
            for member in entry.members:
                schools.member_of[self._row[member]] = row
            if entry.core_outside:
                for key, values in drawn.items():
                    groups[key][row] = entry.outside.get(key, float(values[row]))
        schools["is_core_base"] = schools.leads >= 0
        schools["is_member_base"] = schools.member_of >= 0
        return groups

    def _management(self, schools: Table, mine: int) -> None:
        """Draw management: the zone's mean, an advantage of cores, chance; county mean 0 and SD 1."""
        s = self.settings
        value = s["region.management.zone_mean"][schools.zone] + draws.normal(mine, "region.school", 2, schools.id, k=3)
        value = value + float(s["region.roster.core_advantage"]) * schools.is_core_base
        spread = float(value.std())
        schools["management"] = np.clip((value - value.mean()) / spread, -4, 4) if spread > 0 else 0.0
        # A start only: the engine replaces it by last year's results.
        schools["reputation"] = 0.3 * schools.management

    def _enrolment(self, schools: Table, mine: int) -> Int:
        """Return pupils a grade, int64 (n_schools, 9): given cells as they are, the others drawn.

        A total with missing grades is shared out over these. Otherwise a school's usual grade comes from
        its known grades, else from quota candidates (grade 9 = candidates x (1 + an exponential excess)),
        else from the size distribution of its kind and zone.
        """
        from edusim.region.people import share_out

        s, n = self.settings, schools.n
        zone, stage = schools.zone.astype(np.int64), schools.stage
        taught = np.stack([[g in GRADES_OF[STAGES[k]] for g in range(N_GRADES)] for k in stage])
        given = np.where(taught, self._given, np.nan)
        missing = taught & np.isnan(given)

        def normal(k: int) -> Float:
            return draws.normal(mine, "region.school", 2, schools.id, k=k)

        nine = float(s["region.roster.nine_year_share"])
        spread = np.exp(s["region.roster.size_sd"][zone] * normal(4))
        share = np.where(stage == 2, nine, 1.0)
        usual = np.zeros((n, N_GRADES))
        usual[:, :6] = (s["region.roster.primary_school_size"][zone] * spread * share / 6)[:, None]
        usual[:, 6:] = (s["region.roster.junior_school_size"][zone] * spread * share / 3)[:, None]
        private = float(s["region.roster.private_grade_size"]) * np.exp(
            float(s["region.roster.private_grade_sd"]) * normal(5)
        )
        usual = np.where(schools.is_private[:, None], private[:, None], usual)
        candidates = self._numbers("quota_candidates")
        excess = -float(s["region.roster.candidates_excess"]) * np.log(
            draws.uniform(mine, "region.school", 2, schools.id, k=6)
        )
        infer = np.nan_to_num(candidates) >= float(s["region.roster.candidates_least"])
        graduates = np.where(infer, candidates * (1.0 + excess), np.nan)
        usual[infer, _JUNIOR_GRADES] = graduates[infer, None]
        known = np.nansum(given, axis=1) / np.maximum((~np.isnan(given)).sum(axis=1), 1)
        some = (~np.isnan(given)).any(axis=1)
        usual[some] = known[some, None]
        own = draws.normal(
            mine, "region.school", 2, np.repeat(schools.id, N_GRADES), np.tile(np.arange(N_GRADES), n), k=7
        )
        size = usual * np.exp(float(s["region.roster.grade_sd"]) * own.reshape(n, N_GRADES))
        by_candidates = infer & ~some
        size[by_candidates, 8] = usual[by_candidates, 8]
        fill = np.maximum(np.rint(size), 1.0)
        # Eligible candidates are among the graduates, so grade 9 is never below them.
        fill[infer, 8] = np.maximum(fill[infer, 8], candidates[infer])
        total = self._numbers("pupils")
        rest = np.maximum(total - np.nansum(given, axis=1), 0.0)
        out = np.where(missing, fill, np.nan_to_num(given))
        for row in np.flatnonzero(~np.isnan(total) & missing.any(axis=1)):
            grades = np.flatnonzero(missing[row])
            out[row, grades] = share_out(
                np.array([rest[row]]), np.maximum(size[row, grades], 1e-3), np.array([0]), np.array([grades.size])
            )
        return np.where(taught, out, 0.0).astype(np.int64)

    def _goods(self, schools: Table, enrolment: Int, mine: int) -> None:
        """Draw goods and operating funds as for the drawn county; a county of tiny schools, at a larger scale.

        The frame fits levels and spreads to schools that the official measure counts (50 pupils and more);
        goods are proportional to pupils, so a county without any is drawn a thousand times larger.
        """
        from edusim.region import skeleton

        largest = [int(enrolment[:, grades].sum(axis=1).max()) for grades in (slice(0, 6), _JUNIOR_GRADES)]
        scale = _ENLARGE if any(0 < n < _COUNTED_PUPILS for n in largest) else 1
        skeleton.set_goods(schools, enrolment * scale, self.settings, mine)
        if scale > 1:
            for key in ("buildings_m2", "sports_m2", "equipment_yuan", "rooms"):
                schools[key] = np.round(schools[key] / scale, 0 if key == "rooms" else 1)

    def _use_given(self, schools: Table) -> None:
        """Put given cells in place of drawn ones."""
        for key in _AS_IS:
            value = self._numbers(key)
            there = ~np.isnan(value)
            schools[key] = np.where(there, value, schools[key])
        seats = self._numbers("seats")
        there = ~np.isnan(seats)
        grades = np.array([len(GRADES_OF[STAGES[k]]) for k in schools.stage])
        a_grade = np.floor(np.nan_to_num(seats) / grades)
        for name, without in (("seats_primary", 1), ("seats_junior", 0)):
            mine = there & (schools.stage != without)
            schools[name] = np.where(mine, np.maximum(a_grade, 1), schools[name])

    def _planned_staff(self, schools: Table, enrolment: Int, law: Law, mine: int) -> tuple[Int, dict[str, Int]]:
        """Return drawn staff and ranks, brought to the county's level by the staffing rule.

        The frame's spread suits a county of all zones; in a roster of one zone the same spread would
        raise the mean, so the sum is set to posts by rule times the zone's tendency.
        """
        from edusim.region import people, skeleton

        s = self.settings
        staff, counts = skeleton.plan_staff(schools, enrolment, s, law, mine)
        tendency = np.where(schools.is_private, 1.0, s["region.staff.surplus"][schools.zone])
        filled = 1.0 - s["region.staff.vacancy"][schools.zone]
        level = float((people.posts(enrolment, law).sum(axis=0) * tendency * filled).sum()) / max(int(staff.sum()), 1)
        staff = np.maximum(np.rint(staff * level), 1).astype(np.int64)
        return staff, {k: np.minimum(np.rint(v * level), staff).astype(np.int64) for k, v in counts.items()}

    def _given_staff(self, staff: Int, counts: Mapping[str, Int]) -> tuple[Int, dict[str, Int], dict[str, Int]]:
        """Return staff, counts for drawing teachers, and of these the given ones (-1: not given).

        Given numbers go before planned ones; a school whose teachers are listed has as many as are listed.
        """
        total = self._numbers("teachers")
        given = {}
        for key, name in _COUNTS.items():
            number = self._numbers(key)
            given[name] = np.where(np.isnan(number), -1, np.nan_to_num(number)).astype(np.int64)
            # A given part needs at least as many teachers, where their number is not given.
            staff = np.where(np.isnan(total), np.maximum(staff, given[name]), staff)
        staff = np.where(np.isnan(total), staff, np.nan_to_num(total)).astype(np.int64)
        if "teachers" in self._roster.sheets:
            rows = self._row[np.array(self._roster.sheets["teachers"].column("school_row"), dtype=np.int64)]
            listed = np.bincount(rows, minlength=self.n_schools)
            staff = np.where(listed > 0, listed, staff)
            given = {name: np.where(listed > 0, -1, value) for name, value in given.items()}
        out = dict(counts)
        for name, value in given.items():
            out[name] = np.where(value >= 0, value, counts[name]) if name in counts else value
        out["middle_up"] = np.maximum(out["middle_up"], out["senior"])
        return staff, {name: np.minimum(value, staff) for name, value in out.items()}, given

    def _notes(self, unplaced: int, has_primary: bool) -> list[tuple[str, str]]:
        drawn = sum(self.report.imputed.values())
        notes = [
            (
                f"名册：{self.n_schools} 所学校；{drawn} 个空格按参照分布抽取，每次抽样重抽。结果只用代号。",
                f"Roster: {self.n_schools} schools; {drawn} empty cells are drawn from reference distributions, anew in "
                "every draw. Results use pseudonyms.",
            )
        ]
        seen: dict[str, int] = {}
        for notice in (*self.report.normalised, *self.report.warnings):
            seen[notice.code] = seen.get(notice.code, 0) + 1
        for code, count in seen.items():
            zh, en = _SAID.get(code, ("其他提示", "other notices"))
            notes.append((f"{zh}：{count} 处。", f"{en}: {count}."))
        if not has_primary:
            notes.append(
                ("名册中没有小学：学生从七年级进入。", "The roster has no primary schools: pupils enter at grade 7.")
            )
        if unplaced:
            notes.append(
                (
                    f"{unplaced} 名学生的学校没有片区，未计入。",
                    f"{unplaced} pupils of schools without a catchment are left out.",
                )
            )
        if not np.isnan(self._numbers("quota_floor_score")).all():
            notes.append(
                (
                    "指标到校最低分没有写明分制，按各校标准差标准化（假定）。",
                    "The scale of the quota's score floors is not stated: standardised over the schools (an assumption).",
                )
            )
        return notes


#: What the notes of a case say about normalised cells: never the cell's own words, which may hold names.
_SAID = {
    "DATA-FULL-WIDTH": ("全角字符已转为半角", "full-width characters were read as half-width"),
    "DATA-NUMBER-TEXT": ("文本数字已读作数字", "numbers written as text were read as numbers"),
    "DATA-LEADING-ZERO": ("丢失的前导零已补回", "lost leading zeros were given back"),
    "DATA-DUPLICATE-ID": ("同一编号的两所学校已加后缀区分", "schools sharing an id were told apart by a suffix"),
    "DATA-CORE-OUTSIDE": (
        "没有核心校的教共体视为核心校在县外",
        "groups without a core here were taken to have it outside",
    ),
    "DATA-SHEET-LEFT": ("未读取的工作表", "sheets not read"),
    "DATA-CROWDED": ("学位少于在校学生的学校", "schools with fewer seats than pupils"),
    "DATA-NO-PUPILS": ("没有学生的学校", "schools without pupils"),
    "DATA-NO-MEMBER": ("没有成员校的教共体", "groups without a member"),
    "DATA-CODE-LENGTH": ("位数与众不同的编号", "codes of another length than the rest"),
    "DATA-RATIO": ("生师比异常的学校", "schools with an odd number of pupils a teacher"),
    "DATA-TEN-THOUSAND": ("教学仪器设备值可能按万元填写的学校", "schools whose equipment may be written in ten thousands of yuan"),
    "DATA-ALLOWANCE": ("填有特岗津贴的城区学校", "urban schools with a rural post allowance"),
    "DATA-FEE": ("填有学费的公办学校", "public schools with a fee"),
    "DATA-NAME-STAGE": ("校名与学段不符的学校", "schools whose name does not fit the stage"),
    "DATA-HALF-PLACE": ("只有一个坐标的学校", "schools with one coordinate alone"),
    "DATA-DEGREES": ("坐标像是经纬度", "coordinates that look like degrees"),
    "DATA-FAR": ("离其余学校过远的学校", "schools too far from the others"),
    "DATA-YEARS": ("在本校年限多于教龄的教师", "teachers longer at their school than in teaching"),
}
