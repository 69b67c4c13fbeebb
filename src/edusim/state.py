"""The county as columns of agents: schools, groups, neighbourhoods, teachers, pupils, and other stages.

A :class:`Table` holds one kind of agent, a NumPy array a column; every column is declared once, with
dtype, unit, range and meaning. Rows may come in any order: identity is the ``id`` column, and a table
is put in the order of ids before a run, so results never depend on where a row stood.

Pupils are kept in nine blocks, one a grade. A block stays where it is while its cohort passes through
school; the block of the cohort that leaves grade 9 takes the next entrants. Teachers who leave free
their row, which a later hire may take. Where a teacher is meant there are three places: ``employer``
holds the staffing post (编制), ``post`` is where the teacher serves, ``placement`` is where classes
are taught this year.

Kindergartens, senior and vocational schools stand in a table of their own, ``others``: places, pupils by
year, staff and money, no achievement. It is empty for a county that says nothing of them. A campus that is
not open yet, or has been merged away, keeps its row of ``schools`` (:func:`open_schools`): it has no
seats, pupils or staff; its land and buildings are the county's reserve.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StateError, nearest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ZONES = ("urban", "town", "rural", "mountain")
STAGES = ("primary", "junior", "nine_year")
#: Stages beside compulsory school: no achievement is modelled for them.
OTHER_STAGES = ("kindergarten", "senior", "vocational")
ROLES = ("none", "core", "member")
SUBJECTS = ("chinese", "maths", "english", "science", "humanities", "pe", "art", "music")
#: Subjects whose teaching moves achievement; PE, art and music move indicators and gaps only, because
#: no evidence ties them to the tested subjects.
N_EXAMINED = 5
TITLES = ("junior", "middle", "senior")
PUPIL_STATUS = ("empty", "enrolled", "out")
N_GRADES = 9
FIRST_JUNIOR_GRADE = 7
ALLOWANCE_CLASSES = ("none", "b", "a")


@dataclass(frozen=True)
class Column:
    """Declaration of a column: dtype, unit, allowed range (inclusive), meaning, codes if any."""

    dtype: str
    unit: str
    meaning: str
    low: float | None = None
    high: float | None = None
    codes: tuple[str, ...] = ()
    may_be_nan: bool = False
    start: float = 0.0


def _c(
    dtype: str,
    unit: str,
    meaning: str,
    low: float | None = None,
    high: float | None = None,
    codes: tuple[str, ...] = (),
    nan: bool = False,
    start: float = 0.0,
) -> Column:
    return Column(dtype, unit, meaning, low, high, codes, nan, start)


COLUMNS: dict[str, dict[str, Column]] = {
    "schools": {
        "id": _c("int64", "id", "stable identity of a campus", 0),
        "stage": _c("int8", "code", "grades taught", 0, 2, STAGES),
        "zone": _c("int8", "code", "kind of place", 0, 3, ZONES),
        "x_km": _c("float64", "km", "place, eastward"),
        "y_km": _c("float64", "km", "place, northward"),
        "is_private": _c("bool", "", "private school (seats, fees, lottery)"),
        "fee_yuan_year": _c("float64", "yuan/year", "fee of a private school", 0),
        "has_boarding": _c("bool", "", "pupils may board"),
        "allowance_class": _c("int8", "code", "class of the post allowance of its place", 0, 2, ALLOWANCE_CLASSES),
        "seats_primary": _c("int32", "pupils/grade", "seats in each of grades 1-6", 0),
        "seats_junior": _c("int32", "pupils/grade", "seats in each of grades 7-9", 0),
        "buildings_m2": _c("float64", "m2", "teaching and auxiliary floor area", 0),
        "sports_m2": _c("float64", "m2", "sports ground and hall area", 0),
        "equipment_yuan": _c("float64", "yuan", "book value of teaching equipment", 0),
        "rooms": _c("float64", "rooms", "networked multimedia classrooms", 0),
        "operating_yuan_pupil": _c("float64", "yuan/pupil/year", "operating funds a pupil", 0),
        "management": _c("float64", "SD", "quality of management, county mean 0", -6, 6),
        "climate": _c("float64", "SD", "working climate; 0 is normal, below 0 after a shock", -6, 6),
        "reputation": _c("float64", "pupil SD", "what parents see of the school", -6, 6),
        "member_of": _c("int32", "row", "group the school belongs to as member, -1 none", -1),
        "leads": _c("int32", "row", "group the school leads as core, -1 none", -1),
        "is_outside_mode": _c("bool", "", "member beyond its group's cap or re-separated: stays under the law in force"),
        "is_core_base": _c("bool", "", "core school in the base year (set fixed)"),
        "is_member_base": _c("bool", "", "member school in the base year (set fixed)"),
        "is_weak_base": _c("bool", "", "in the weaker half in the base year (set fixed)"),
        "is_top_base": _c("bool", "", "in the top quarter in the base year (set fixed)"),
        "good_senior_chance": _c("float64", "share", "graduates who got a good senior high, last year; NaN: not stated (a case)", 0, 1, nan=True),
        "quota_places": _c("float64", "places/year", "allotted good senior-high quota; NaN: by the rule", 0, nan=True),
        "quota_floor_gap": _c("float64", "pupil SD", "score floor of the quota relative to the open line; NaN: by the rule", nan=True),
        "quota_unfilled_share": _c("float64", "share", "observed share of the quota left unfilled; NaN: unknown", 0, 1, nan=True),
        "z_score": _c("float64", "SD", "standardised result of the graduating grade, last year; NaN: none yet", nan=True),
        "turnover": _c("float64", "share", "teachers who left the school last year; NaN: not stated (a case)", 0, 1, nan=True),
        "satisfaction": _c("float64", "share", "families satisfied; NaN: not stated (a case)", 0, 1, nan=True),
        "years_on_par": _c("int16", "years", "years in a row a member has been at the county mean", 0),
        "opens_year": _c("int32", "year", "school year in which a new campus opens; 0: it has always been there", 0),
        "closed_year": _c("int32", "year", "school year in which it was merged into another school; 0: it was not", 0),
        "merged_into": _c("int32", "row", "school it was merged into, -1 none", -1),
    },
    "groups": {
        "id": _c("int64", "id", "stable identity", 0),
        "core": _c("int32", "row", "core school; -1 when the core lies outside the county", -1),
        "mode": _c("int8", "code", "0 paired under the law in force, else the policy's mode", 0),
        "year_formed": _c("int32", "year", "year the present mode began; 0 none", 0),
        "outside_management": _c("float64", "SD", "management of a core outside the county; NaN otherwise", nan=True),
        "outside_quality": _c("float64", "pupil SD/year", "90th percentile of teacher quality of a core outside; NaN otherwise", nan=True),
        "outside_distance_km": _c("float64", "km", "distance to a core outside the county; NaN otherwise", 0, nan=True),
    },
    "neighbourhoods": {
        "id": _c("int64", "id", "stable identity", 0),
        "zone": _c("int8", "code", "kind of place", 0, 3, ZONES),
        "x_km": _c("float64", "km", "place, eastward"),
        "y_km": _c("float64", "km", "place, northward"),
        "catchment_primary": _c("int32", "row", "school of the primary catchment", 0),
        "catchment_junior": _c("int32", "row", "school of the junior catchment", 0),
        "ses_mean": _c("float64", "SD", "mean SES of its families, county mean 0"),
    },
    "teachers": {
        "id": _c("int64", "id", "stable identity; a hire keeps the applicant's", 0),
        "serving": _c("bool", "", "False: the row is free"),
        "employer": _c("int32", "row", "school that holds the staffing post (编制)", -1),
        "post": _c("int32", "row", "school where the teacher serves", -1),
        "placement": _c("int32", "row", "school where classes are taught this year", -1),
        "origin": _c("int32", "row", "school to return to when a rotation term ends, -1 none", -1),
        "subject": _c("int8", "code", "subject taught", 0, len(SUBJECTS) - 1, SUBJECTS),
        "is_above_degree": _c("bool", "", "degree above the required one"),
        "title": _c("int8", "code", "professional title", 0, 2, TITLES),
        "is_backbone": _c("bool", "", "backbone teacher, county level or higher"),
        "is_substitute": _c("bool", "", "on contract, without a staffing post"),
        "is_quota_free": _c("bool", "", "senior rank outside the school's rank posts"),
        "is_forced": _c("bool", "", "sent on rotation against own wish"),
        "age": _c("int16", "years", "age", 18, 75, start=30),
        "experience": _c("float64", "years", "years of teaching", 0, 55),
        "innate": _c("float64", "pupil SD/year", "quality that neither experience nor learning gave"),
        "learned": _c("float64", "pupil SD/year", "quality learned from other teachers"),
        "quality": _c("float64", "pupil SD/year", "innate + experience + learned, county mean 0 in the base year"),
        "effort": _c("float64", "pupil SD/year", "effort above or below the usual"),
        "appraisal": _c("float64", "SD", "last appraisal by the school"),
        "excellent_years": _c("int16", "years", "years appraised excellent", 0),
        "home": _c("int32", "row", "neighbourhood of the home", 0),
        "pay_yuan_year": _c("float64", "yuan/year", "pay without place allowance", 0),
        "years_at_post": _c("int16", "years", "years served at the present post", 0),
        "term_left": _c("int16", "years", "years left of a rotation term, 0 not on rotation", 0),
        "rank_years": _c("int16", "years", "years in the present title", 0),
        "weak_years": _c("int16", "years", "years served in a weak or rural school", 0),
        "away_years": _c("int16", "years", "years served away from the origin", 0),
        "lock_left": _c("int16", "years", "years left of the service period of a new hire", 0),
        "onboarding_left": _c("int16", "years", "years left of the onboarding at the core", 0),
        "year_hired": _c("int32", "year", "year of entry into the county's service", 0),
    },
    "pupils": {
        "id": _c("int64", "id", "stable identity, the same under every policy", 0),
        "status": _c("int8", "code", "enrolled in the county, out of it, or an empty row", 0, 2, PUPIL_STATUS),
        "school": _c("int32", "row", "school attended, -1 when out", -1),
        "klass": _c("int32", "row", "class attended this year, -1 none", -1),
        "home": _c("int32", "row", "neighbourhood of the home", 0),
        "ses": _c("float64", "SD", "family's SES, county mean 0, SD 1"),
        "own": _c("float64", "pupil SD", "own attainment"),
        "caused": _c("float64", "pupil SD", "lasting school-caused gain"),
        "achievement": _c("float64", "pupil SD", "achievement at the end of the last year"),
        "tenure": _c("int8", "years", "years registered at the present school", 0),
    },
    "others": {
        "id": _c("int64", "id", "stable identity of a kindergarten, senior or vocational school", 0),
        "stage": _c("int8", "code", "stage taught", 0, 2, OTHER_STAGES),
        "zone": _c("int8", "code", "kind of place", 0, 3, ZONES),
        "x_km": _c("float64", "km", "place, eastward"),
        "y_km": _c("float64", "km", "place, northward"),
        "places": _c("int32", "pupils", "places in all its years", 0),
        "year_1": _c("int32", "pupils", "pupils in the first year", 0),
        "year_2": _c("int32", "pupils", "pupils in the second year", 0),
        "year_3": _c("int32", "pupils", "pupils in the third year", 0),
        "enrolled": _c("int32", "pupils", "pupils of the three years", 0),
        "staff": _c("int32", "teachers", "teachers of its own", 0),
        "vacancies": _c("int32", "posts", "posts that nobody fills, own, lent or delegated", 0),
        "lent": _c("int32", "teachers", "teachers lent to others of its group (below 0: borrowed)"),
        "delegated": _c("int32", "teachers", "teachers and managers sent by the enterprise it is entrusted to", 0),
        "core": _c("int32", "row", "leading school of its group of this stage (itself where it leads), -1 none", -1),
        "joined": _c("int32", "row", "group of compulsory schools that it belongs to, -1 none", -1),
        "is_entrusted": _c("bool", "", "run by an enterprise under a contract with the government"),
    },
}


class Table:
    """One kind of agent as columns; ``table.zone`` is the array of that column.

    Parameters
    ----------
    kind
        ``schools``, ``groups``, ``neighbourhoods``, ``teachers``, ``pupils`` or ``others``.
    columns
        Every declared column, all of one length; each is converted to its declared dtype.

    Raises
    ------
    StateError
        When a column is missing or unknown, or lengths differ.
    """

    __slots__ = ("__dict__", "kind", "n")

    def __init__(self, kind: str, columns: Mapping[str, Any]) -> None:
        declared = COLUMNS[kind]
        for name in columns:
            if name not in declared:
                near = nearest(name, declared)
                raise StateError(
                    "STATE-COLUMN",
                    f"{kind} 没有 {name} 这一列（最近似：{near}）",
                    f"{kind} has no column {name} (nearest: {near})",
                )
        self.kind = kind
        lengths = {len(np.atleast_1d(np.asarray(v))) for v in columns.values()}
        if len(lengths) != 1:
            raise StateError("STATE-LENGTH", f"{kind} 各列长度不一", f"columns of {kind} differ in length")
        self.n: int = lengths.pop()
        for name, column in declared.items():
            if name in columns:
                value = np.ascontiguousarray(columns[name], dtype=column.dtype)
            else:
                raise StateError("STATE-MISSING", f"{kind} 缺少列 {name}", f"{kind} lacks column {name}")
            self.__dict__[name] = value

    @classmethod
    def empty(cls, kind: str, n: int) -> Table:
        """Return a table of ``n`` rows with start values (zeros; NaN where allowed; -1 for rows)."""
        columns = {}
        for name, c in COLUMNS[kind].items():
            fill = np.nan if c.may_be_nan else (-1 if c.low == -1 else c.start)
            columns[name] = np.full(n, fill, dtype=c.dtype)
        return cls(kind, columns)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> NDArray[Any]: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS[self.kind])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.__dict__[name]  # type: ignore[no-any-return]

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in COLUMNS[self.kind]:
            raise StateError("STATE-COLUMN", f"{self.kind} 没有列 {name}", f"{self.kind} has no column {name}")
        self.__dict__[name][...] = value

    def take(self, rows: NDArray[Any]) -> Table:
        """Return a new table with these rows, in this order."""
        return Table(self.kind, {name: self[name][rows] for name in self})

    def copy(self) -> Table:
        """Return a table that shares no memory with this one."""
        return Table(self.kind, {name: self[name].copy() for name in self})

    @property
    def nbytes(self) -> int:
        """Memory of all columns, bytes."""
        return int(sum(self[name].nbytes for name in self))


#: Columns that hold rows of other tables: (table, column) -> table pointed at.
POINTERS: dict[tuple[str, str], str] = {
    ("schools", "member_of"): "groups",
    ("schools", "leads"): "groups",
    ("schools", "merged_into"): "schools",
    ("groups", "core"): "schools",
    ("neighbourhoods", "catchment_primary"): "schools",
    ("neighbourhoods", "catchment_junior"): "schools",
    ("teachers", "employer"): "schools",
    ("teachers", "post"): "schools",
    ("teachers", "placement"): "schools",
    ("teachers", "origin"): "schools",
    ("teachers", "home"): "neighbourhoods",
    ("pupils", "school"): "schools",
    ("pupils", "home"): "neighbourhoods",
    ("others", "core"): "others",
    ("others", "joined"): "groups",
}


def open_schools(schools: Table, year: int) -> NDArray[np.bool_]:
    """Return bool [schools]: campuses that are open in a school year, neither still to come nor merged away."""
    is_open: NDArray[np.bool_] = (schools.closed_year == 0) & (schools.opens_year <= year)
    return is_open


class State:
    """Everything that a county is at the end of a school year.

    Parameters
    ----------
    year
        School year just ended (its autumn's calendar year); the base year at the start.
    schools, groups, neighbourhoods, teachers
        Tables of agents.
    pupils
        Table of pupils in nine equal blocks of ``len(pupils) // 9`` rows; ``block_of_grade[g - 1]`` is
        the block of grade ``g``.
    block_of_grade
        int64, shape (9,): block of each grade.
    others
        Table of kindergartens, senior and vocational schools; empty when not given.
    """

    def __init__(
        self,
        year: int,
        schools: Table,
        groups: Table,
        neighbourhoods: Table,
        teachers: Table,
        pupils: Table,
        block_of_grade: NDArray[np.int64] | None = None,
        others: Table | None = None,
    ) -> None:
        self.year = year
        self.schools, self.groups, self.neighbourhoods = schools, groups, neighbourhoods
        self.teachers, self.pupils = teachers, pupils
        self.others = Table.empty("others", 0) if others is None else others
        self.block_of_grade = (
            np.arange(N_GRADES, dtype=np.int64) if block_of_grade is None else block_of_grade.astype(np.int64)
        )

    @property
    def block_size(self) -> int:
        """Rows of one grade's block."""
        return self.pupils.n // N_GRADES

    def rows_of_grade(self, grade: int) -> slice:
        """Return the rows of a grade (1-9), empty rows included."""
        start = int(self.block_of_grade[grade - 1]) * self.block_size
        return slice(start, start + self.block_size)

    def grade_of_rows(self) -> NDArray[np.int8]:
        """Return int8, shape (rows,): the grade of each pupil row."""
        grade_of_block = np.empty(N_GRADES, np.int8)
        grade_of_block[self.block_of_grade] = np.arange(1, N_GRADES + 1)
        return np.repeat(grade_of_block, self.block_size)

    def tables(self) -> dict[str, Table]:
        """Return the six tables by name."""
        return {k: getattr(self, k) for k in COLUMNS}

    def copy(self) -> State:
        """Return a state that shares no memory with this one."""
        return State(self.year, **{k: t.copy() for k, t in self.tables().items()}, block_of_grade=self.block_of_grade.copy())

    def canonical(self) -> State:
        """Return the same county with every table in the order of ids and rows renumbered.

        Pupils are ordered within their grade's block, empty rows last.
        """
        order: dict[str, NDArray[np.int64]] = {}
        for name, table in self.tables().items():
            if name == "pupils":
                parts = []
                for grade in range(1, N_GRADES + 1):
                    rows = np.arange(table.n)[self.rows_of_grade(grade)]
                    parts.append(rows[np.lexsort((table.id[rows], table.status[rows] == 0))])
                order[name] = np.concatenate(parts) if parts else np.arange(0)
            elif name == "teachers":
                order[name] = np.lexsort((table.id, ~table.serving))
            else:
                order[name] = np.argsort(table.id, kind="stable")
        if all(np.array_equal(o, np.arange(o.size)) for o in order.values()):
            return State(self.year, **self.tables(), block_of_grade=np.arange(N_GRADES))
        tables = {name: table.take(order[name]) for name, table in self.tables().items()}
        for (name, column), target in POINTERS.items():
            new_row = np.empty(order[target].size, np.int64)
            new_row[order[target]] = np.arange(order[target].size)
            old = tables[name][column]
            if new_row.size:
                tables[name][column] = np.where(old >= 0, new_row[np.maximum(old, 0)], old)
        return State(self.year, **tables, block_of_grade=np.arange(N_GRADES))

    def table(self, name: str) -> pd.DataFrame:
        """Return a table as a DataFrame: rows in use only, codes as words, rows as ids.

        Parameters
        ----------
        name
            ``schools``, ``groups``, ``neighbourhoods``, ``teachers``, ``pupils`` or ``others``.

        Raises
        ------
        StateError
            When there is no such table.
        """
        import pandas as pd

        if name not in COLUMNS:
            near = nearest(name, COLUMNS)
            raise StateError("STATE-TABLE", f"没有表 {name}（最近似：{near}）", f"no table {name} (nearest: {near})")
        table: Table = getattr(self, name)
        columns: dict[str, Any] = {}
        for column, declared in COLUMNS[name].items():
            values = table[column]
            target = POINTERS.get((name, column))
            if target is not None:
                ids = getattr(self, target).id
                if ids.size:
                    values = np.where(values >= 0, ids[np.maximum(values, 0)], -1)
            elif declared.codes:
                values = pd.Categorical.from_codes(values.astype(int), list(declared.codes))
            columns[column] = values
        frame = pd.DataFrame(columns)
        if name == "pupils":
            frame.insert(1, "grade", self.grade_of_rows())
            frame = frame[frame["status"] != "empty"]
        elif name == "teachers":
            frame = frame[frame["serving"]]
        return frame.sort_values("id", ignore_index=True)

    def digest(self) -> str:
        """Return a hex digest of the county: equal for equal counties whatever the order of rows."""
        digest = hashlib.sha256(str(self.year).encode())
        canonical = self.canonical()
        for name, table in canonical.tables().items():
            used = table.n
            if name == "others" and used == 0:
                continue
            if name == "teachers":
                keep = table.serving
            elif name == "pupils":
                keep = table.status > 0
                grade = canonical.grade_of_rows()[keep]
                digest.update(grade.tobytes())
            else:
                keep = np.ones(used, bool)
            for column in table:
                digest.update(f"{name}.{column}".encode())
                digest.update(np.ascontiguousarray(table[column][keep]).tobytes())
        return digest.hexdigest()

    def check(self) -> None:
        """Check every declared range and pointer.

        Raises
        ------
        StateError
            Naming the table, column, id and value that break a declaration.
        """
        for name, table in self.tables().items():
            rows = np.ones(table.n, bool)
            if name == "teachers":
                rows = table.serving
            elif name == "pupils":
                rows = table.status > 0
            ids = table.id[rows]
            if np.unique(ids).size != ids.size:
                values, counts = np.unique(ids, return_counts=True)
                twice = int(values[counts > 1][0])
                raise StateError("STATE-ID", f"{name} 的编号 {twice} 重复", f"{name}: id {twice} occurs twice")
            for column, declared in COLUMNS[name].items():
                values = table[column][rows]
                bad = np.zeros(values.size, bool)
                if values.dtype.kind == "f":
                    bad |= np.isinf(values)
                    if not declared.may_be_nan:
                        bad |= np.isnan(values)
                with np.errstate(invalid="ignore"):
                    if declared.low is not None:
                        bad |= values < declared.low
                    if declared.high is not None:
                        bad |= values > declared.high
                target = POINTERS.get((name, column))
                if target is not None:
                    bad |= values >= getattr(self, target).n
                if bad.any():
                    where = int(np.flatnonzero(bad)[0])
                    text = f"{name}.{column} of id {ids[where]} is {values[where]}"
                    raise StateError("STATE-RANGE", f"{name}.{column}（编号 {ids[where]}）的值 {values[where]} 越界", text)
