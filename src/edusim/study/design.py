"""The design of a study: one row for every run, and the key that names a run for ever.

Points are settings of all levers, futures settings of all uncertainties; the two are crossed (unless the study
lays them out together), and every policy and point meets the same futures and the same draws. A key is
hashed from all that decides a result and from nothing else, never from a run's position: a study that grows
keeps the keys, and so the results, of what it had.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import declarations
from edusim.errors import ConfigError, StudyError
from edusim.study import ratios
from edusim.study.sampling import sampled
from edusim.study.study_file import Factor, Points, Study, alone, canonical, scenario_hash
from edusim.study.tasks import Task, Value

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

#: Point of a baseline run, which has no levers.
BASELINE_POINT = -1
#: Key of the table's metadata that says which parameters each factor sets.
FACTORS = b"edusim.factors"
KEY_LENGTH = 32
#: Before the key of a policy: what it alone has.
_OWN = "own:"
#: Source files that decide what a run gives. What reads files is not among them: resolved values are in the key.
MODEL = (
    "_compile.py", "base_year.py", "build.py", "draws.py", "extensions.py", "model.py", "parameters.py", "runs.py", "stages.py", "state.py",
    "equations", "measures", "region", "rules", "study/work.py",
)  # fmt: skip
#: Of these, what only writes workbooks or tells what a check found: no number of a run depends on it.
LEFT_OUT = (
    "region/roster_example.py", "region/roster_marking.py", "region/roster_report.py", "region/roster_sheets.py", "region/roster_template.py",
    "region/roster_totals.py",
)  # fmt: skip
#: Shipped data that a scenario's resolved values do not hold.
DATA = ("stages.yaml", "rosters")


# ---- keys --------------------------------------------------------------------------------------------


def run_key(
    base: str, policy: str, design: str, seed: int, draw: int, changes: Iterable[tuple[str, Value]], source: str
) -> str:
    """Return the key of a run.

    Parameters
    ----------
    base
        Hash of the scenario under this policy, see :func:`base_hashes`.
    policy, design
        Key of the policy; ``feasible`` or ``identical``.
    seed, draw
        Root seed and number of the draw.
    changes
        Parameter path and value for each lever and uncertainty, in any order.
    source
        Hash of the model, see :func:`source_hash`.

    Returns
    -------
    str
        The first 32 hexadecimal digits of the sha256 of these seven in canonical JSON.
    """
    text = canonical([base, policy, design, seed, draw, sorted([path, value] for path, value in changes), source])
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


@lru_cache(maxsize=1)
def source_hash() -> str:
    """Return the sha256 of the model's own source files and of shipped data outside any scenario."""
    return hash_of_files(Path(__file__).resolve().parent.parent, declarations.configs())


def hash_of_files(package: Path, configs: Path) -> str:
    """Return the sha256 of the model's files under a package folder and a folder of shipped data; ends of lines count for nothing."""
    digest = hashlib.sha256()
    for top, names, ending in ((package, MODEL, "*.py"), (configs, DATA, "*.yaml")):
        for name in names:
            path = top / name
            files = sorted(path.rglob(ending)) if path.is_dir() else [path] if path.exists() else []
            for file in files:
                if file.relative_to(top).as_posix() in LEFT_OUT:
                    continue
                content = file.read_bytes().replace(b"\r\n", b"\n")
                digest.update(f"{file.relative_to(top).as_posix()} {len(content)}\n".encode())
                digest.update(content)
    return digest.hexdigest()


def base_hashes(study: Study) -> dict[str, str]:
    """Return, for the baseline and every policy, the hash of the scenario under it before any lever.

    Returns
    -------
    dict
        Key of the policy -> sha256 of the scenario's resolved values without its list of policies, and of the
        policy's own resolved parameters.
    """
    base = scenario_hash(study.scenario)
    found = {}
    for key in _with_baseline(study):
        parameters = canonical([base, study.scenario.parameters(key).resolved()])
        found[key] = hashlib.sha256(parameters.encode()).hexdigest()
    return found


def _with_baseline(study: Study) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*((study.baseline,) if study.baseline else ()), *study.policies)))


# ---- what is laid out ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    """What a study lays out, before rows: values of points and futures, and which combinations are in it.

    ``points`` and ``futures`` hold the values of each factor by name (where levers and uncertainties are laid out
    together, the uncertainties' in both); ``future_of`` int64 [futures or 1, points] is the number of the future that a
    combination belongs to; ``chosen`` bool [futures or 1, points, policies] what meets the condition, None for all;
    ``fragments``, sorted by path, what each factor adds to a key: role (for a ratio ``own:`` and its policy), whether
    it varies by point, text by number.
    """

    points: Mapping[str, Sequence[Value]]
    futures: Mapping[str, Sequence[Value]]
    n_points: int
    n_futures: int
    joint: bool
    future_of: NDArray[np.int64]
    chosen: NDArray[np.bool_] | None
    fragments: Sequence[tuple[str, bool, Sequence[str]]]

    def combinations(self, n_policies: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return int64 of shape (combinations,): row of ``future_of``, point, policy."""
        shape = (len(self.future_of), self.n_points, n_policies)
        chosen = np.ones(shape, np.bool_) if self.chosen is None else np.broadcast_to(self.chosen, shape)
        future, point, policy = np.nonzero(chosen)
        return future, point, policy


def _ready(study: Study) -> Study:
    """Return the study with its points, where a method of sensitivity lays them out."""
    if study.sensitivity is None:
        return study
    from edusim.study.sensitivity import stored

    return stored.laid_out(study)


def _plan(study: Study) -> _Plan:
    if study.goal is not None and study.points is None:
        raise StudyError(
            "STUDY-SEARCHED", "这项研究的方案由搜索逐代给出，不能按布点运行",
            "the plans of this study come from a search, generation by generation, not from a layout",
            where=study.file, mend_zh="请用 edusim optimise", mend_en="give it to edusim optimise",
        )  # fmt: skip
    joint = not study.crossed
    if study.points is None:
        points = sampled(study.layout, study.factors if joint else study.levers, 0)
    else:
        points = _once(study.points) if study.points.draws is None else dict(study.points.values)
    n_points = len(next(iter(points.values()))) if points else 1
    futures: dict[str, Sequence[Value]] = {}
    if joint:
        futures = {factor.name: points[factor.name] for factor in study.unknown}
        settings = list(zip(*futures.values(), strict=True))
        first = dict(zip(reversed(settings), range(n_points - 1, -1, -1), strict=True))
        future_of = np.array([[first[setting] for setting in settings]], np.int64)
        n_futures = n_points
    else:
        if study.futures is not None:
            futures = sampled(study.futures, study.unknown, 1)
        n_futures = len(next(iter(futures.values()))) if futures else 1
        future_of = np.broadcast_to(np.arange(n_futures)[:, None], (n_futures, n_points))
    fragments = []
    for path, factor in sorted(((p, f) for f in study.factors for p in f.sets), key=lambda pair: pair[0]):
        inside = joint or factor.role == "lever"
        values = (points if inside else futures)[factor.name]
        if factor.role == ratios.ROLE:
            product = ratios.product_of(factor, study.scenario)
            plain = ratios.plain_values(product.path, study.uncertainties, futures, n_futures)
            fragments.append((_OWN + product.policy, inside, ratios.fragments(factor, product, plain, values)))
        else:
            fragments.append((factor.role, inside, _fragments(path, factor, values)))
    chosen = _chosen(study, points, futures, n_points, n_futures)
    return _Plan(points, futures, n_points, n_futures, joint, future_of, chosen, fragments)


def _once(points: Points) -> dict[str, Sequence[Value]]:
    """Return given points without those that stand before; numbers and yes/no are told apart."""
    settings = list(zip(*([(type(v), v) for v in column] for column in points.values.values()), strict=True))
    first = sorted(dict(zip(reversed(settings), range(len(settings) - 1, -1, -1), strict=True)).values())
    return {name: [column[i] for i in first] for name, column in points.values.items()}


def _fragments(path: str, factor: Factor, values: Sequence[Value]) -> list[str]:
    """Return, for every value, the change of a parameter as it stands in the text of a key; empty for none."""
    head = f"[{json.dumps(path)},"
    if factor.bundles:
        told = {
            name: head + json.dumps(bundle[path]) + "]" if path in bundle else "" for name, bundle in factor.bundles.items()
        }
        return [told[str(value)] for value in values]
    if factor.type == "number":
        return [f"{head}{value!r}]" for value in values]
    return [f"{head}{json.dumps(value)}]" for value in values]


def _chosen(
    study: Study, points: Mapping[str, Any], futures: Mapping[str, Any], n_points: int, n_futures: int
) -> NDArray[np.bool_] | None:
    """Return which combinations of future, point and policy meet the study's condition; None without one."""
    if not study.only:
        return None
    import duckdb
    import pyarrow as pa

    database = duckdb.connect(config={"enable_external_access": "false"})
    try:
        database.register("points", pa.table({"point #": np.arange(n_points), **{k: list(v) for k, v in points.items()}}))
        database.register("futures", pa.table({"future #": np.arange(n_futures), **{k: list(v) for k, v in futures.items()}}))
        database.register("policies", pa.table({"policy #": np.arange(len(study.policies)), "policy": list(study.policies)}))
        laid, deep = "points, policies", 1
        if study.crossed and futures and _names(database, study.only, laid):
            laid, deep = "futures, points, policies", n_futures
        numbers = '"point #", "policy #"' + (', "future #"' if deep > 1 else "")
        hits = database.sql(f"SELECT * FROM {laid}").filter(study.only).project(numbers).fetchnumpy()
    except duckdb.Error as error:
        said = " ".join(str(error).split("\n")[0].split())
        raise _of_condition(study, "STUDY-CONDITION", f"条件读不懂：{said}", f"the condition cannot be read: {said}") from None
    finally:
        database.close()
    chosen = np.zeros((deep, n_points, len(study.policies)), dtype=np.bool_)
    future = np.asarray(hits["future #"]) if deep > 1 else 0
    chosen[future, np.asarray(hits["point #"]), np.asarray(hits["policy #"])] = True
    if not chosen.any():
        raise _of_condition(study, "STUDY-EMPTY-DESIGN", "没有一个点合于条件", "no point meets the condition")
    return chosen


def _names(database: Any, condition: str, laid: str) -> bool:
    """Return whether a condition names a column that stands in no table of ``laid``."""
    import duckdb

    try:
        database.sql(f"SELECT * FROM {laid} LIMIT 0").filter(condition).fetchall()
    except duckdb.BinderException:
        return True
    except duckdb.Error:
        return False
    return False


def _of_condition(study: Study, code: str, zh: str, en: str) -> ConfigError:
    names = ", ".join(f'"{factor.name}"' for factor in study.factors)
    return ConfigError(
        code, zh, en, where=study.where("design.only"),
        mend_zh=f"可用的列：{names}, policy；名字带点时要加双引号",
        mend_en=f"columns: {names}, policy; a name with a dot stands in double quotes",
    )  # fmt: skip


def size(study: Study) -> tuple[int, int, int, int]:
    """Return how large a design is, without making its table.

    Returns
    -------
    tuple of int
        Points (settings of the levers), futures, policies (the baseline not counted), runs in all.

    Raises
    ------
    ConfigError
        ``STUDY-CONDITION``, ``STUDY-EMPTY-DESIGN``.
    """
    study = _ready(study)
    plan = _plan(study)
    if study.points is not None and study.points.draws is not None:
        rows = _rows(study, plan)
        return len(np.unique(rows.point[rows.point >= 0])), len(np.unique(rows.future)), len(study.policies), len(rows.point)
    _, point, _ = plan.combinations(len(study.policies))
    future, *_ = laid = _laid(study, plan)
    n = len(laid[0]) * len(study.designs) * study.seeds.replicates
    return len(np.unique(point)), len(np.unique(future)), len(study.policies), n


def cut(study: Study) -> dict[str, tuple[int, int]]:
    """Return how often a ratio's product lies beyond its parameter's limits and is cut to them.

    Returns
    -------
    dict
        Name of the ratio (``POLICY.NAME``) -> futures in which it is cut, futures in all.
    """
    if ratios.DRAWN not in study.arms:
        return {}
    plan = _plan(study)
    used = np.unique(_laid(study, plan)[0]).tolist()
    found = {}
    for factor in study.ratios:
        product = ratios.product_of(factor, study.scenario)
        plain = ratios.plain_values(product.path, study.uncertainties, plan.futures, plan.n_futures)
        drawn = plan.futures[factor.name]
        found[factor.name] = (sum(product.is_cut(plain[i], float(drawn[i])) for i in used), len(used))
    return found


# ---- the table ---------------------------------------------------------------------------------------


def table(study: Study) -> pa.Table:
    """Return the design of a study: one row a run.

    Returns
    -------
    pyarrow.Table
        ``run`` int64 (position), ``key``, ``point`` int64 (-1 for the baseline), ``future`` int64, ``policy``,
        ``design``, ``seed`` int64, ``draw`` int64, then a column ``lever.NAME`` (null for the baseline) or
        ``uncertain.NAME`` for every factor: float64, int64 for whole numbers, bool, or string. Keys are
        unique. Rows of one draw and future stand together. The metadata say what each factor sets. A study of
        kind ``discover`` has ``arm`` after ``draw`` (``drawn``, ``equal``, or ``both`` for a run that the arms
        share) and ``ratio.POLICY.NAME`` float64 (1 in the arm ``equal``); there a key stands once for each of
        several futures that differ in ratios only, where no ratio acts: one run serves them all.

    Raises
    ------
    ConfigError
        ``STUDY-CONDITION``, ``STUDY-EMPTY-DESIGN``, and faults of a policy under the scenario.
    """
    import pyarrow as pa

    study = _ready(study)
    plan = _plan(study)
    rows = _rows(study, plan)
    columns: dict[str, Any] = {
        "run": np.arange(len(rows.point)),
        "key": pa.array(_keys(study, plan, rows), pa.string()),
        "point": rows.point,
        "future": rows.future,
        "policy": pa.array((*study.policies, study.baseline), pa.string()).take(pa.array(rows.policy)),
        "design": pa.array(study.designs, pa.string()).take(pa.array(rows.design)),
        "seed": np.full(len(rows.point), study.seeds.root, np.int64),
        "draw": rows.draw,
    }
    if study.arms:
        columns["arm"] = pa.array((*ratios.ARMS, ratios.BOTH), pa.string()).take(pa.array(rows.arm))
    kinds = {"word": pa.string(), "flag": pa.bool_(), "whole": pa.int64(), "number": pa.float64()}
    for factor in study.factors:
        lever = factor.role == "lever"
        values = pa.array(list((plan.points if lever else plan.futures)[factor.name]), kinds[factor.type])
        place = pa.array(rows.point, mask=rows.point < 0) if lever else pa.array(rows.future)
        columns[factor.column] = values.take(place)
        if factor.role == ratios.ROLE:
            columns[factor.column] = np.where(rows.arm == _EQUAL, 1.0, columns[factor.column].to_numpy())
    said: list[dict[str, Any]] = [
        {"column": f.column, "sets": list(f.sets), "bundles": {k: dict(v) for k, v in f.bundles.items()}} for f in study.factors
    ]  # fmt: skip
    for entry, factor in zip(said, study.factors, strict=True):
        if factor.role == ratios.ROLE:
            entry["ratio"] = asdict(ratios.product_of(factor, study.scenario))
    return pa.table(columns).replace_schema_metadata({FACTORS: canonical(said)})


@dataclass(frozen=True)
class _Rows:
    """Rows of a design, each int64 of shape (runs,): numbers of future, point (-1), policy, design, the draw, the arm."""

    future: NDArray[np.int64]
    point: NDArray[np.int64]
    policy: NDArray[np.int64]
    design: NDArray[np.int64]
    draw: NDArray[np.int64]
    arm: NDArray[np.int64]


#: Numbers of the arms.
_DRAWN, _EQUAL, _BOTH = range(3)


def _baseline(study: Study, combinations: Sequence[NDArray[np.int64]], used: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int64 [2, baseline runs of a replicate and design]: future, and the point whose draws it shares."""
    # Paired points share their draws, so one baseline serves them all; else each point has one of its own.
    owner = combinations[1] if not study.seeds.paired else np.zeros_like(used)
    return np.unique(np.stack((used, owner)), axis=1)


def _laid(study: Study, plan: _Plan) -> tuple[NDArray[np.int64], ...]:
    """Return int64 [5, runs of a replicate and design]: future, owner of the draws, point, policy, arm."""
    combinations = plan.combinations(len(study.policies))
    used = plan.future_of[combinations[0], combinations[1]]
    future, owner, point, policy = used, combinations[1], combinations[1], combinations[2]
    if study.baseline:
        below = _baseline(study, combinations, used)
        nothing = np.full(below.shape[1], BASELINE_POINT)
        future, owner = np.concatenate((below[0], future)), np.concatenate((below[1], owner))
        point = np.concatenate((nothing, point))
        policy = np.concatenate((np.full(below.shape[1], len(study.policies)), policy))
    arm = np.zeros_like(future)
    if study.arms:
        arm += _BOTH if len(study.arms) > 1 else ratios.ARMS.index(study.arms[0])
    if len(study.arms) > 1:
        differs = np.zeros((len(study.policies) + 1, plan.n_points if plan.joint else plan.n_futures), np.bool_)
        for role, _, texts in plan.fragments:
            if role.startswith(_OWN):
                differs[study.policies.index(role.removeprefix(_OWN))] |= np.array([bool(text) for text in texts])
        twice = differs[policy, np.maximum(point, 0) if plan.joint else future]
        arm[twice] = _DRAWN
        future, owner, point, policy, arm = (
            np.concatenate((column, more)) for column, more in
            ((future, future[twice]), (owner, owner[twice]), (point, point[twice]), (policy, policy[twice]), (arm, arm[twice] + _EQUAL))
        )  # fmt: skip
    return future, owner, point, policy, arm


def _rows_of_points(study: Study, plan: _Plan, draws: NDArray[np.int64]) -> _Rows:
    """Return the rows of points that have draws of their own: a setting under one draw is one run, whichever points share it."""
    settings = list(zip(*plan.points.values(), strict=True))
    first = dict(zip(reversed(settings), range(plan.n_points - 1, -1, -1), strict=True))
    same = np.array([first[setting] for setting in settings], np.int64)
    point, draw = np.unique(np.stack((np.repeat(same, draws.shape[1]), draws.ravel())), axis=1)
    future = plan.future_of[0, point] if study.unknown else np.zeros_like(point)
    n_policies = len(study.policies)
    rows = [np.tile(column, n_policies) for column in (future, point, draw)] + [np.repeat(np.arange(n_policies), len(point))]
    if study.baseline:
        below = np.unique(np.stack((future, draw)), axis=1)
        nothing = np.full(below.shape[1], BASELINE_POINT)
        base = (below[0], nothing, below[1], np.full(below.shape[1], n_policies))
        rows = [np.concatenate(pair) for pair in zip(base, rows, strict=True)]
    n = len(rows[0])
    future, point, draw, policy = (np.tile(column, len(study.designs)) for column in rows)
    design = np.repeat(np.arange(len(study.designs)), n)
    # Runs of one draw live in one county, or in one that differs by what a lever changes in it.
    order = np.lexsort((policy, point, design, future, draw))
    return _Rows(future[order], point[order], policy[order], design[order], draw[order], np.zeros_like(order))


def _rows(study: Study, plan: _Plan) -> _Rows:
    if study.points is not None and study.points.draws is not None:
        return _rows_of_points(study, plan, study.points.draws)
    laid = _laid(study, plan)
    n, n_designs, replicates = len(laid[0]), len(study.designs), study.seeds.replicates
    future, owner, point, policy, arm = (np.tile(column, n_designs * replicates) for column in laid)
    design = np.tile(np.repeat(np.arange(n_designs), n), replicates)
    replicate = np.repeat(np.arange(replicates), n * n_designs)
    draw = replicate
    if not study.seeds.paired:
        draw = _own_draws(plan, owner, replicate, replicates)
    # Runs of one draw, future and design live in one county: a worker that takes neighbours draws it once.
    close = np.zeros_like(owner) if study.seeds.paired else owner
    order = np.lexsort((arm, policy, point, close, design, future, replicate))
    return _Rows(future[order], point[order], policy[order], design[order], draw[order], arm[order])


def _own_draws(
    plan: _Plan, owner: NDArray[np.int64], replicate: NDArray[np.int64], replicates: int
) -> NDArray[np.int64]:
    """Return draws hashed from a point's own values and the replicate, so that they stay when a design grows."""
    fragments = [below for _, inside, below in plan.fragments if inside]
    drawn = np.empty((plan.n_points, replicates), np.int64)
    for i in range(plan.n_points):
        text = ",".join(filter(None, (below[i] for below in fragments)))
        for r in range(replicates):
            drawn[i, r] = int(hashlib.sha256(f"[{text}] {r}".encode()).hexdigest()[:12], 16)
    return drawn[owner, replicate]


def _keys(study: Study, plan: _Plan, rows: _Rows) -> list[str]:
    bases = base_hashes(study)
    names = (*study.policies, study.baseline)
    heads = [
        [canonical([bases.get(name, ""), name, design, study.seeds.root])[:-1] + "," for design in study.designs]
        for name in names
    ]
    tail = f',"{source_hash()}"]'
    fragments = plan.fragments
    written: dict[tuple[int, int, str], str] = {}
    keys = []
    sha256 = hashlib.sha256
    columns = (rows.future, rows.point, rows.policy, rows.design, rows.draw, rows.arm)
    for future, point, policy, design, draw, arm in zip(*(column.tolist() for column in columns), strict=True):
        whose = _OWN + names[policy] if study.ratios and point != BASELINE_POINT and arm != _EQUAL else ""
        changes = written.get((future, point, whose))
        if changes is None:
            if point == BASELINE_POINT:
                parts = [below[future] for role, _, below in fragments if role == "uncertain"]
            else:
                acting = ("lever", "uncertain", whose)
                parts = [below[point if inside else future] for role, inside, below in fragments if role in acting]
            changes = written[future, point, whose] = f",[{','.join(filter(None, parts))}]{tail}"
        keys.append(sha256(f"{heads[policy][design]}{draw}{changes}".encode()).hexdigest()[:KEY_LENGTH])
    return keys


def refused(study: Study, table: pa.Table, sample: int = 200) -> tuple[int, list[tuple[int, ConfigError]]]:
    """Return which runs of a design the scenario refuses, tried on rows that are evenly spread over it.

    A range is checked by itself when it is read; what only shows when levers meet (``CFG-FLOW-TERM``: flow times
    term) would fail every such run. A condition (``design.only``) leaves such points out.

    Parameters
    ----------
    study, table
        A study and its design.
    sample
        Most rows to try; about a millisecond each.

    Returns
    -------
    tuple
        How many rows were tried, and position and error of those that were refused.
    """
    rows = np.unique(np.linspace(0, table.num_rows - 1, min(sample, table.num_rows)).astype(np.int64))
    found = []
    for row, task in zip(rows.tolist(), tasks(table, rows), strict=True):
        try:
            alone(study.scenario, task.policy, dict(task.changes))
        except ConfigError as error:
            found.append((row, error))
    return len(rows), found


# ---- tasks -------------------------------------------------------------------------------------------


def tasks(
    table: pa.Table, rows: Sequence[int] | NDArray[np.int64] | None = None, attempts: Mapping[str, int] | None = None
) -> list[Task]:
    """Return the runs of a design table as tasks.

    Parameters
    ----------
    table
        Made by :func:`table`, or read back from a store with its metadata.
    rows
        Positions of the rows wanted, in the order of the tasks; all when None.
    attempts
        Key -> how often the run has been tried before.
    """
    said = json.loads((table.schema.metadata or {}).get(FACTORS, b"[]"))
    if rows is not None:
        import pyarrow as pa

        table = table.take(pa.array(np.asarray(rows, np.int64)))
    places = sorted((path, i) for i, factor in enumerate(said) if "ratio" not in factor for path in factor["sets"])
    products = [(ratios.Product(**factor["ratio"]), factor["sets"][0], i) for i, factor in enumerate(said) if "ratio" in factor]
    values = [table[factor["column"]].to_pylist() for factor in said]
    bundles = [factor["bundles"] for factor in said]
    tried = attempts or {}
    names = ("key", "policy", "design", "seed", "draw")
    found = []
    for i, (key, policy, design, seed, draw) in enumerate(zip(*(table[name].to_pylist() for name in names), strict=True)):
        changes = []
        for path, j in places:
            value = values[j][i]
            if bundles[j] and value is not None:
                value = bundles[j][value].get(path)
            if value is not None:  # a baseline run has no levers, and a bundle may leave a parameter as it is
                changes.append((path, value))
        mine = [one for one in products if one[0].policy == policy]
        for product, path, j in mine:
            value = product.value(next((v for p, v in changes if p == product.path), None), values[j][i])
            if value is not None:
                changes.append((path, value))
        if mine:
            changes.sort()
        found.append(Task(key, policy, design, seed, draw, tuple(changes), tried.get(key, 0) + 1))
    return found
