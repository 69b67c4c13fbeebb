"""The law of a year: what holds in a school year, under which policy, as a frozen view.

``Parameters.at(year)`` answers what holds: the latest dated value not after September 1 of that year,
within the policy's start and end; before the start and after the end the law in force holds. Values put
in by the user (overrides) come last, and are checked like any other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from edusim.configfile import Node
from edusim.declarations import (
    LAW,
    START,
    STATUS_QUO,
    Declaration,
    Frozen,
    Reference,
    Steps,
    configs,
    declared,
    law_in_force,
    read_steps,
)  # fmt: skip
from edusim.errors import ConfigError, did_you_mean
from edusim.policies import Clause, Policy

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: Most that flow x term may send away from home at once: half of the base of rotation.
MAX_STOCK_AWAY = 0.5


class ByMode(Frozen["NDArray[np.float64]"]):
    """Group-scope values: path -> float64, shape (n_modes + 1,), read-only; place 0 is the law in force."""

    __slots__ = ()

    def __missing__(self, path: str) -> NoReturn:
        _unknown_parameter(path, self)


class Law(Frozen[float]):
    """What holds in one school year under one policy.

    ``law["path"]`` is the scalar of a county or behaviour parameter (float, int, bool; the code of a
    choice). ``law.by_mode["path"]`` holds the values of a group parameter.

    Attributes
    ----------
    year
        School year (its autumn's calendar year).
    modes
        Keys of the modes; place 0 is ``law``.
    mix
        float64, shape (n_modes + 1,): share of groups that the policy turns into each mode; place 0 is 0.
    by_mode
        Group-scope values, see :class:`ByMode`.
    in_force
        Whether the policy acts in this year.
    """

    __slots__ = ("_clauses", "_words", "by_mode", "in_force", "mix", "modes", "year")

    def __init__(
        self,
        scalars: Mapping[str, float],
        by_mode: Mapping[str, NDArray[np.float64]],
        year: int,
        modes: tuple[str, ...],
        mix: NDArray[np.float64],
        in_force: bool,
        words: Mapping[str, tuple[str, ...]],
        clauses: Mapping[str, tuple[str, ...]],
    ) -> None:
        dict.__init__(self, scalars)
        arrays = {path: np.asarray(values, dtype=np.float64) for path, values in by_mode.items()}
        mix = np.asarray(mix, dtype=np.float64)
        for array in (*arrays.values(), mix):
            array.flags.writeable = False
        self.by_mode = ByMode(arrays)
        self.year, self.modes, self.mix, self.in_force = year, modes, mix, in_force
        self._words, self._clauses = dict(words), dict(clauses)

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            Law,
            (
                dict(self),
                dict(self.by_mode),
                self.year,
                self.modes,
                self.mix,
                self.in_force,
                self._words,
                self._clauses,
            ),
        )

    def __missing__(self, path: str) -> NoReturn:
        if path in self.by_mode:
            raise ConfigError(
                "CFG-SCOPE",
                f"{path} 因办学模式而异，请用 law.by_mode[...]",
                f"{path} differs between modes: use law.by_mode[...]",
                where=path,
            )
        _unknown_parameter(path, (*self, *self.by_mode))

    @property
    def n_modes(self) -> int:
        """Number of modes beside the law in force."""
        return len(self.modes) - 1

    def code(self, path: str, mode: int = 0) -> int:
        """Return the code of a choice (of a mode, for a group parameter)."""
        return int(self.by_mode[path][mode] if path in self.by_mode else self[path])

    def text(self, path: str, mode: int = 0) -> str:
        """Return the word of a choice (of a mode, for a group parameter); numbers as text."""
        words = self._words.get(path)
        if words is not None:
            return words[self.code(path, mode)]
        return f"{float(self.by_mode[path][mode] if path in self.by_mode else self[path]):g}"

    def clause(self, path: str, mode: int = 0) -> str:
        """Return the heading of the clause in force (``四(五)``) for a mode, empty when no clause is."""
        known = self._clauses.get(path, ())
        return known[mode] if mode < len(known) else (known[0] if known else "")

    def digest(self) -> str:
        """Return a hex digest: equal when every value that holds is equal (the year itself is not in it)."""
        content = {
            "scalars": {k: float(v) for k, v in sorted(self.items())},
            "by_mode": {k: v.tolist() for k, v in sorted(self.by_mode.items())},
            "modes": self.modes,
            "mix": self.mix.tolist(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _unknown_parameter(path: str, valid: Iterable[str], where: str = "") -> NoReturn:
    zh, en = did_you_mean(path, valid)
    raise ConfigError(
        "CFG-UNKNOWN-PARAMETER", f"没有参数 {path}", f"no parameter {path}", where=where, mend_zh=zh, mend_en=en
    )


@dataclass(frozen=True, slots=True)
class Override:
    """A value put in by the user: for all policies, or (``only``) for one policy or mode.

    ``steps`` holds values by school year, as the years of the run are counted (they are not shifted with a policy's
    dates); before the first of them what would hold without the override holds. ``value`` is then the first of them.
    """

    only: str
    path: str
    value: float
    where: str = field(default="", compare=False)
    steps: Steps | None = None

    def at(self, year: int) -> float | None:
        """Return the value that is put in for a school year, None where none is."""
        return self.value if self.steps is None else self.steps.at(year)


def override(key: str, node: Node, known: Mapping[str, Declaration], names: Iterable[str]) -> Override:
    """Return an override, checked against its declaration.

    Parameters
    ----------
    key
        ``path`` or ``policy:path`` / ``mode:path``.
    node
        Its value; for a number of a policy or of behaviour also values by date (``{2031-09-01: 0}``).
    known
        Declarations by path.
    names
        Policies and modes that may stand before the colon.

    Raises
    ------
    ConfigError
        ``CFG-UNKNOWN-PARAMETER``, ``CFG-UNKNOWN-POLICY``, ``CFG-SCOPE``, ``CFG-TYPE``, ``CFG-RANGE``.
    """
    only, colon, path = key.rpartition(":")
    if path not in known:
        zh, en = did_you_mean(path, known)
        node.fail("CFG-UNKNOWN-PARAMETER", f"没有参数 {path}", f"no parameter {path}", zh, en)
    if colon:
        names = tuple(names)
        if only not in names:
            zh, en = did_you_mean(only, names)
            node.fail("CFG-UNKNOWN-POLICY", f"没有政策或模式 {only}", f"no policy or mode {only}", zh, en)
        if known[path].scope == "region":
            node.fail(
                "CFG-SCOPE",
                f"{path} 描述县域，不能因政策而异",
                f"{path} describes the region and cannot differ between policies",
                f"请写 {path}",
                f"write {path}",
            )
    if node.is_map and known[path].type in ("float", "int") and known[path].scope != "region":
        steps = read_steps(node, known[path])
        return Override(only, path, steps.values[0], node.where, steps)
    return Override(only, path, known[path].read(node), node.where)


class Parameters:
    """All parameters of one policy over time.

    Parameters
    ----------
    known
        Declarations of the policy and behaviour parameters by path.
    policy
        The policy whose clauses replace the law's.
    base_year
        School year before the policy acts.
    dates
        ``aligned``: the policy's dates are shifted by whole years so that its first start is
        ``base_year + 1``; ``document``: they hold as written.
    overrides
        Values put in by the user; one for a policy or mode goes before one for all.

    Raises
    ------
    ConfigError
        ``CFG-FLOW-TERM`` when rotation would keep more than half of its base away from home.
    """

    def __init__(
        self,
        known: Mapping[str, Declaration],
        policy: Policy,
        base_year: int,
        dates: str = "aligned",
        overrides: Iterable[Override] = (),
    ) -> None:
        self.known, self.policy, self.base_year, self.dates = known, policy, base_year, dates
        self._puts: dict[str, list[Override]] = {}
        for put in sorted(overrides, key=lambda put: bool(put.only)):  # what is said of one mode goes last
            self._puts.setdefault(put.path, []).append(put)
        starts = [policy.first_year, *(first for first, _ in policy.mode_years)]
        self.shift = base_year + 1 - min(starts) if dates == "aligned" and policy.key != STATUS_QUO else 0
        self.modes = (LAW, *policy.modes)
        self._laws: dict[int, Law] = {}
        self._check_flow()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_laws": {}}

    @property
    def first_year(self) -> int:
        """First school year in which the policy acts, after alignment."""
        return self.policy.first_year + self.shift

    def at(self, year: int) -> Law:
        """Return what holds in a school year.

        Parameters
        ----------
        year
            School year (its autumn's calendar year).

        Returns
        -------
        Law
            The same object each time it is asked.
        """
        law = self._laws.get(year)
        if law is None:
            law = self._laws[year] = self._build(year)
        return law

    def _acts(self, years: tuple[int, int | None], year: int) -> bool:
        first, last = years
        return first + self.shift <= year and (last is None or year <= last + self.shift)

    def _rows(self, declaration: Declaration) -> Iterator[tuple[Mapping[str, Clause], tuple[int, int | None]]]:
        """Yield, for each place of a parameter, the clauses that may replace the law there and their years."""
        whole = (self.policy.first_year, self.policy.last_year)
        nothing: Mapping[str, Clause] = {}
        if declaration.scope == "county":
            yield self.policy.clauses, whole
        elif declaration.scope == "group":
            yield (nothing if self.policy.modes else self.policy.clauses), whole
            yield from zip(self.policy.mode_clauses, self.policy.mode_years, strict=True)
        else:
            yield nothing, whole

    def _hits(self, only: str, declaration: Declaration, place: int) -> bool:
        if not only:
            return True
        if declaration.scope != "group":
            return only == self.policy.key or (declaration.scope == "county" and only in self.policy.modes[:1])
        if place == 0:
            return only == LAW or (only == self.policy.key and not self.policy.modes)
        return only in (self.policy.key, self.modes[place])

    def values(self, path: str, year: int) -> tuple[tuple[float, ...], tuple[str, ...]]:
        """Return the values of a parameter in a school year and the clauses they come from.

        Returns
        -------
        tuple
            Values and clause headings (empty when none): one place for a county or behaviour
            parameter, ``n_modes + 1`` for a group parameter.
        """
        declaration = self.known[path]
        law = declaration.steps.at(year)
        assert law is not None  # declarations answer for every year
        found: list[float] = []
        headings: list[str] = []
        for place, (clauses, years) in enumerate(self._rows(declaration)):
            value, heading = law, declaration.reference.clause
            acts = self._acts(years, year)
            clause = clauses.get(path) if acts else None
            if clause is not None:
                dated = clause.steps.at(year - self.shift)
                if dated is not None:
                    value, heading = dated, clause.reference.clause
            for put in self._puts.get(path, ()):
                # A value for one policy lasts as long as the policy does; one for all always holds.
                if self._hits(put.only, declaration, place):
                    always = not put.only or put.only == LAW
                    given = put.at(year)
                    if given is not None and (acts or always or self.policy.key == STATUS_QUO):
                        value = given
            found.append(value)
            headings.append(heading)
        return tuple(found), tuple(headings)

    def whence(self, path: str, year: int, place: int = 0) -> tuple[str, str, Reference]:
        """Return where the value that holds in a school year comes from.

        Parameters
        ----------
        path, year
            Parameter and school year.
        place
            Place of the mode for a group parameter; 0 is the law in force.

        Returns
        -------
        tuple
            Whose it is (``policy``, ``law`` or ``user``), its status, and its reference.
        """
        declaration = self.known[path]
        clauses, years = list(self._rows(declaration))[place if declaration.scope == "group" else 0]
        acts = self._acts(years, year)
        for put in self._puts.get(path, ()):
            always = not put.only or put.only == LAW
            given = self._hits(put.only, declaration, place) and put.at(year) is not None
            if given and (acts or always or self.policy.key == STATUS_QUO):
                return "user", "assumption", Reference()
        clause = clauses.get(path) if acts else None
        if clause is not None and clause.steps.at(year - self.shift) is not None:
            return "policy", clause.status, clause.reference
        return "law", declaration.status, declaration.reference

    def _build(self, year: int) -> Law:
        scalars: dict[str, float] = {}
        by_mode: dict[str, NDArray[np.float64]] = {}
        words: dict[str, tuple[str, ...]] = {}
        headings: dict[str, tuple[str, ...]] = {}
        for path, declaration in self.known.items():
            values, clauses = self.values(path, year)
            if declaration.scope == "group":
                by_mode[path] = np.array(values, dtype=np.float64)
            else:
                scalars[path] = values[0]
            if declaration.words:
                words[path] = declaration.words
            if any(clauses):
                headings[path] = clauses
        mix = np.array([0.0, *self.policy.mix_at(year - self.shift)])
        in_force = self.policy.key != STATUS_QUO and any(
            self._acts(years, year)
            for years in ((self.policy.first_year, self.policy.last_year), *self.policy.mode_years)
        )
        return Law(scalars, by_mode, year, self.modes, mix, in_force, words, headings)

    def breaks(self, paths: Iterable[str] | None = None) -> tuple[int, ...]:
        """Return the school years in which some value (of ``paths``) may change, and the base year."""
        wanted = set(self.known if paths is None else paths)
        years = {self.base_year}
        for path in wanted:
            years.update(y for y in self.known[path].steps.years if y > START)
            for put in self._puts.get(path, ()):
                years.update(y for y in (put.steps.years if put.steps is not None else ()) if y > START)
        spans = [(self.policy.clauses, (self.policy.first_year, self.policy.last_year))]
        spans += list(zip(self.policy.mode_clauses, self.policy.mode_years, strict=True))
        for clauses, (first, last) in spans:
            if first > START:
                years.add(first + self.shift)
            if last is not None:
                years.add(last + 1 + self.shift)
            for path, clause in clauses.items():
                if path in wanted:
                    years.update(y + self.shift for y in clause.steps.years if y > START)
        if paths is None:
            years.update(first + self.shift for first, _ in self.policy.mix_steps)
        return tuple(sorted(years))

    def _check_flow(self) -> None:
        paths = ("rotation.share", "rotation.term_years", "rotation.return_home")
        if any(path not in self.known for path in paths):
            return
        for year in self.breaks(paths):
            share, term, home = (self.values(path, year)[0] for path in paths)
            for place, mode in enumerate(self.modes):
                stock = share[place] * term[place]
                # Without return nobody is away for a time: moves are for good, and no stock builds up.
                if not home[place] or stock <= MAX_STOCK_AWAY + 1e-9:
                    continue
                whose = mode if mode != LAW else self.policy.key
                raise ConfigError(
                    "CFG-FLOW-TERM",
                    f"{whose}：每年交流 {share[place]:.0%} × 每轮 {term[place]:g} 年 = 同时在外 {stock:.0%}，"
                    f"超过 {MAX_STOCK_AWAY:.0%}（流量乘以年限才是存量）",
                    f"{whose}: {share[place]:.0%} a year x terms of {term[place]:g} years = {stock:.0%} away at "
                    f"once, more than {MAX_STOCK_AWAY:.0%} (flow times term is the stock)",
                    where=self._origin(paths[:2], place),
                    mend_zh="请降低 rotation.share 或 rotation.term_years；若期满不返回（rotation.return_home: false），"
                    "则不作在外人数累积，不受此限",
                    mend_en="lower rotation.share or rotation.term_years; where nobody returns "
                    "(rotation.return_home: false) nobody counts as away and the limit does not apply",
                )

    def _origin(self, paths: Iterable[str], place: int) -> str:
        """Return where the value of the first of the paths at a place was written: override, clause or law."""
        found = []
        for path in paths:
            found += [put.where for put in self._puts.get(path, ()) if self._hits(put.only, self.known[path], place)]
        for path in paths:
            clause = list(self._rows(self.known[path]))[place][0].get(path)
            found += [clause.where] if clause is not None else []
        found += [self.known[path].where for path in paths]
        return next((where for where in found if where), "")

    def resolved(self) -> dict[str, Any]:
        """Return every value at every change as plain data, for the manifest and the hash."""
        steps: dict[str, Any] = {}
        for path in sorted(self.known):
            rows: list[Any] = []
            for year in self.breaks((path,)):
                values = [float(v) for v in self.values(path, year)[0]]
                if not rows or rows[-1][1] != values:
                    rows.append([year, values])
            steps[path] = rows
        mix: list[Any] = list(self.policy.mix)
        if self.policy.mix_steps:
            mix = [[first + self.shift, list(shares)] for first, shares in self.policy.mix_steps]
        return {"policy": self.policy.key, "modes": list(self.modes), "mix": mix, "values": steps}


def shipped() -> dict[str, Declaration]:
    """Return every declaration that is shipped: policy parameters, then behaviour, then regions."""
    found = dict(law_in_force().parameters)
    for kind, folder in (("behaviour", "behaviour"), ("region", "regions")):
        for path in sorted((configs() / folder).glob("*.yaml")):
            for name, declaration in declared(path, kind).parameters.items():
                found.setdefault(name, declaration)
    return found


def catalogue() -> pd.DataFrame:
    """Return one row for every declared parameter that is shipped.

    Returns
    -------
    DataFrame
        Columns path, unit, status, range, clause, rule, measure, direction, scope, type, default,
        description_zh, description_en, source_zh, source_en; policy parameters first, then behaviour,
        then regions.
    """
    import pandas as pd

    rows = [
        {
            "path": d.path, "unit": d.unit, "status": d.status, "range": d.range_text,
            "clause": " ".join(part for part in (d.reference.document, d.reference.clause) if part),
            "rule": d.rule, "measure": d.measure, "direction": d.direction, "scope": d.scope, "type": d.type,
            "default": d.show(d.default), "description_zh": d.description_zh, "description_en": d.description_en,
            "source_zh": d.reference.text("zh"), "source_en": d.reference.text("en"),
        }
        for d in shipped().values()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def value_schemas() -> dict[str, dict[str, Any]]:
    """Return, for every shipped parameter, the JSON Schema of a value: type, range or words, description."""
    found: dict[str, dict[str, Any]] = {}
    for path, d in shipped().items():
        if d.type == "enum":
            shape: dict[str, Any] = {"enum": list(d.words)}
        elif d.type == "bool":
            shape = {"type": "boolean"}
        else:
            shape = {"type": "integer" if d.type == "int" else "number", "minimum": d.low, "maximum": d.high}
        text = f"{d.description_zh}（{d.unit}） / {d.description_en} ({d.unit})"
        found[path] = {**shape, "description": text}
    return found
