"""What a study asks of every run, how its points are laid out, and how it is carried out: read from its file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from edusim.configfile import Node
from edusim.errors import did_you_mean
from edusim.extensions import Extension
from edusim.extensions import Measure as OwnMeasure
from edusim.extensions import parts as parts_of
from edusim.measures import Measure, of_extension, registered
from edusim.scenario import Scenario
from edusim.study.parts import (
    ENGINES,
    MAX_ROWS,
    MAX_SEED,
    METHODS,
    TAKEN,
    Execution,
    Factor,
    Outcome,
    Sampling,
    Seeds,
    at_place,
    listed,
    short,
)

#: What an outcome may take over the years after the base year, beside one year's value.
OVER_YEARS = ("last", "mean", "sum", "max", "min")
OUTCOME_FIELDS = ("measure", "stage", "at", "want")
SEED_FIELDS = ("root", "replicates", "paired")
DESIGN_FIELDS = ("method", "n", "seed", "crossed", "futures", "only")
FUTURES_FIELDS = ("method", "n", "seed")
EXECUTE_FIELDS = ("on", "workers", "shards", "memory", "time", "partition", "account", "lines")
_OUTCOME_NAME = re.compile(r"[^\W\d]\w{0,99}")
_COLUMN = re.compile(r"(.*?)\[([a-z]+)\]")
_MEMORY = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B?", re.ASCII | re.IGNORECASE)
_TIME = re.compile(r"(\d+-)?\d{1,3}:\d{2}:\d{2}", re.ASCII)
_SLURM_WORD = re.compile(r"[\w.,-]*", re.ASCII)

#: Measures kept for every year where a study does not say: gaps, weak and core schools, staff, rotation, money, families.
STANDARD_KEEP = (
    "learning.mean", "learning.core_mean", "learning.member_mean", "learning.weak_mean", "learning.rural_mean",
    "learning.core_member_gap", "learning.top_weak_gap", "learning.urban_rural_gap", "learning.low_share",
    "learning.low_ses_gap", "learning.icc",
    "official.indicators_passing", "official.cv_passes", "official.resources_pass", "official.schools_failing",
    "staffing.leaver_share", "staffing.leaver_quality_gap", "staffing.backbone_kept_share", "staffing.vacancy_share",
    "staffing.subject_gap_share", "staffing.quality_gap",
    "staffing.rotation_share_eligible", "staffing.rotation_share_member", "staffing.rotation_stock_eligible",
    "staffing.rotation_stock_member", "staffing.rotation_promised", "staffing.rotation_delivered",
    "staffing.rotation_promised_years", "staffing.rotation_delivered_years", "staffing.rotation_quality_sum",
    "money.total", "money.recurrent", "money.one_off", "money.unfunded", "money.total_to_date", "money.yuan_per_gap_step",
    "families.exit_share", "families.private_share", "families.satisfaction",
    "groups.coverage", "leadership.management_gap",
)  # fmt: skip


def read_seeds(node: Node) -> Seeds:
    """Return the seeds of a study from the node of ``seeds``."""
    parts = node.mapping((), SEED_FIELDS)
    plain = Seeds()
    return Seeds(
        parts["root"].integer_between(0, MAX_SEED) if "root" in parts else plain.root,
        parts["replicates"].integer_between(1, 1_000_000) if "replicates" in parts else plain.replicates,
        parts["paired"].flag() if "paired" in parts else plain.paired,
    )


def kept_measures(own: Sequence[Extension] = ()) -> dict[str, Measure]:
    """Return the measures that have one number a year and part of school, and those of extensions."""
    more = (of_extension(part) for _, part in parts_of(own, OwnMeasure))
    return {m.id: m for m in (*registered(), *more) if m.scope != "school" and m.unit_rows == "county"}


def column_of(measure: str, stage: str = "all") -> str:
    """Return the name of a kept column: ``measure``, or ``measure[stage]`` for one part of school."""
    return measure if stage == "all" else f"{measure}[{stage}]"


def measure_of(column: str) -> tuple[str, str]:
    """Return measure and stage of a kept column; the other way round from :func:`column_of`."""
    found = _COLUMN.fullmatch(column)
    return (found[1], found[2]) if found else (column, "all")


def _measure(node: Node, name: str, known: Mapping[str, Measure]) -> Measure:
    if name not in known:
        if any(m.id == name for m in registered()):
            node.fail(
                "STUDY-MEASURE",
                f"{name} 一年有多个数（按地方、学校或教共体），不能作研究的一列",
                f"{name} has several numbers a year (by place, school or group) and cannot be a column of a study",
                "请选全县一年一个数的指标",
                "choose a measure with one number a year for the county",
            )
        zh, en = did_you_mean(name, known)
        node.fail("STUDY-MEASURE", f"没有指标 {short(name)}", f"no measure {short(name)}", zh, en)
    return known[name]


def read_outcomes(node: Node, base: Scenario) -> tuple[Outcome, ...]:
    """Return the outcomes of a study in their order; raise ``STUDY-MEASURE``, ``STUDY-STAGE``, ``STUDY-YEAR``, ``STUDY-NAME``."""
    found: dict[str, Outcome] = {}
    known = kept_measures(base.extensions)
    for name, below in node.mapping((), None).items():
        parts = below.mapping(("measure",), OUTCOME_FIELDS)
        if not _OUTCOME_NAME.fullmatch(name) or name.lower() in TAKEN:
            below.fail(
                "STUDY-NAME",
                f"不能用 {short(name)} 作结果的名字",
                f"{short(name)} cannot be the name of an outcome",
                "名字用字母、数字与下划线，且不与结果表的列重名",
                "use letters, digits and _, and no name of a column that every table has",
            )
        if name.lower() in found:
            below.fail("STUDY-DUPLICATE", f"{name} 写了两次", f"{name} is given twice", "请换一个名字", "choose another name")
        measure = _measure(parts["measure"], parts["measure"].text().strip(), known)
        stage = _stage(measure, parts["stage"] if "stage" in parts else parts["measure"], "stage" in parts)
        at = _when(parts["at"], base) if "at" in parts else OVER_YEARS[0]
        want = parts["want"].word(("min", "max")) if "want" in parts else ""
        unit = measure.unit.removesuffix("/year") if at == "sum" else measure.unit
        found[name.lower()] = Outcome(name, measure.id, stage, at, want, unit)
    if not found:
        node.fail(
            "CFG-MISSING-KEY",
            "至少要有一个结果",
            "at least one outcome is needed",
            "例如 gap: {measure: learning.core_member_gap, at: last, want: min}",
            "for example gap: {measure: learning.core_member_gap, at: last, want: min}",
        )
    return tuple(found.values())


def _stage(measure: Measure, node: Node, given: bool) -> str:
    if given:
        stage = node.text().strip()
        if stage in measure.stages:
            return stage
        zh, en = did_you_mean(stage, measure.stages)
        node.fail("STUDY-STAGE", f"{measure.id} 没有学段 {short(stage)}", f"{measure.id} has no stage {short(stage)}", zh, en)
    if "all" in measure.stages:
        return "all"
    if len(measure.stages) == 1:
        return measure.stages[0]
    stages = ", ".join(measure.stages)
    node.fail(
        "STUDY-STAGE",
        f"{measure.id} 按学段分列，要写 stage",
        f"{measure.id} is kept by stage: say which",
        f"stage: {stages} 之一",
        f"stage: one of {stages}",
    )


def _when(node: Node, base: Scenario) -> str:
    if node.value in OVER_YEARS:
        return str(node.value)
    text = node.text().strip()
    if not text.lstrip("-").isdecimal():
        zh, en = did_you_mean(text, OVER_YEARS)
        node.fail("STUDY-YEAR", f"at 不能是 {short(text)}", f"at cannot be {short(text)}", f"学年，或：{zh}", f"a school year, or: {en}")
    year = node.integer()
    if not base.base_year <= year <= base.last_year:
        node.fail(
            "STUDY-YEAR",
            f"{short(str(year))} 学年不在 {base.base_year} – {base.last_year} 之内",
            f"the year {short(str(year))} is not in the run, {base.base_year} to {base.last_year}",
            f"请取其中一年或 {', '.join(OVER_YEARS)}，或用 set: {{years: …}} 推演更久",
            f"choose one of these or {', '.join(OVER_YEARS)}, or run longer with set: {{years: ...}}",
        )
    return str(year)


def read_keep(node: Node | None, outcomes: Sequence[Outcome], own: Sequence[Extension] = ()) -> tuple[str, ...]:
    """Return the kept columns in the order of the catalogue: what was asked for, and what the outcomes need."""
    known = kept_measures(own)
    wanted = {column_of(o.measure, o.stage) for o in outcomes}
    patterns = listed(node) if node is not None else [Node(name) for name in STANDARD_KEEP]
    for item in patterns:
        pattern, stage = measure_of(item.text().strip())
        asked = bool(_COLUMN.fullmatch(item.text().strip()))
        if "*" in pattern or "?" in pattern:
            hits = [known[name] for name in known if fnmatchcase(name, pattern)]
            if not hits:
                rooms = sorted({name.partition(".")[0] + ".*" for name in known})
                zh, en = did_you_mean(pattern, rooms)
                item.fail("STUDY-MEASURE", f"没有指标合于 {short(pattern)}", f"no measure fits {short(pattern)}", zh, en)
        else:
            hits = [_measure(item, pattern, known)]
        if asked:
            fitting = [m for m in hits if stage in m.stages]
            if not fitting:
                _stage(hits[0], Node(stage, item.file, item.line, item.column, item.path), True)
            wanted.update(column_of(m.id, stage) for m in fitting)
        else:
            for m in hits:
                wanted.update(column_of(m.id, s) for s in (("all",) if "all" in m.stages else m.stages))
    return tuple(c for m in known.values() for s in m.stages if (c := column_of(m.id, s)) in wanted)


def read_layout(
    node: Node | None, levers: Sequence[Factor], uncertainties: Sequence[Factor]
) -> tuple[Sampling, Sampling | None, bool, str]:
    """Return the layouts of points and of futures, whether the two are crossed, and the condition.

    Levers without a layout of their own make a grid; futures are a grid where all uncertainties list values, and
    else 16 points of a Latin hypercube. A study of uncertainties alone lays them out as ``design`` says.
    """
    parts = node.mapping((), DESIGN_FIELDS) if node is not None else {}
    crossed = parts["crossed"].flag() if "crossed" in parts else True
    only = parts["only"].text().strip() if "only" in parts and parts["only"].value != "" else ""
    own: dict[str, Node] = {key: node for key, node in parts.items() if key in FUTURES_FIELDS}
    both = bool(levers and uncertainties)
    if "futures" in parts and not uncertainties:
        parts["futures"].fail(
            "STUDY-FUTURES", "没有 uncertainties，也就没有 futures", "without uncertainties there are no futures", "请删去 futures", "delete futures"
        )
    if "futures" in parts and both and not crossed:
        parts["futures"].fail(
            "STUDY-FUTURES",
            "crossed: false 时不确定因素与 levers 一起布点，没有单独的 futures",
            "with crossed: false the uncertainties are laid out with the levers and have no futures of their own",
            "请删去 futures",
            "delete futures",
        )
    if not levers and not uncertainties:
        if "method" in own:
            own["method"].word(METHODS)
        if "n" in own:
            own["n"].fail("STUDY-N", "没有可变的因素，不用 n", "nothing is varied, so there is no n", "请删去 n", "delete n")
        return Sampling("grid"), None, True, only
    if both and not crossed:
        return _sampling(node, own, (*levers, *uncertainties)), None, False, only
    futures = None
    if uncertainties:
        seed = own["seed"].integer_between(0, MAX_SEED) if "seed" in own else 0
        if "futures" in parts:
            below = parts["futures"].mapping((), FUTURES_FIELDS)
            futures = _sampling(parts["futures"], below, uncertainties, seed)
        elif not levers and own:
            futures = _sampling(node, own, uncertainties)
        elif all(factor.values for factor in uncertainties):
            futures = Sampling("grid", 0, seed)
        else:
            futures = Sampling("lhs", 16, seed)
    return _sampling(node, own, levers) if levers else Sampling("grid"), futures, True, only


def _sampling(node: Node | None, parts: Mapping[str, Node], factors: Sequence[Factor], seed: int = 0) -> Sampling:
    method = parts["method"].word(METHODS) if "method" in parts else ("lhs" if "n" in parts else "grid")
    if "seed" in parts:
        seed = parts["seed"].integer_between(0, MAX_SEED)
    if method == "grid":
        if "n" in parts:
            parts["n"].fail(
                "STUDY-N",
                "网格的点数由 steps 与 values 决定，不用 n",
                "the points of a grid follow from steps and values, not from n",
                "请删去 n，或写 method: lhs 或 sobol",
                "delete n, or write method: lhs or sobol",
            )
        for factor in factors:
            if not factor.values and not factor.steps and not (factor.whole and factor.dist == "uniform"):
                raise at_place(
                    factor.where,
                    "STUDY-STEPS",
                    f"网格里 {factor.name} 要有 steps 或 values",
                    f"in a grid {factor.name} needs steps or values",
                    "例如 steps: 5；或写 design: {method: lhs, n: 200}",
                    "for example steps: 5; or write design: {method: lhs, n: 200}",
                )
        return Sampling(method, 0, seed)
    if "n" not in parts:
        place = parts.get("method", node)
        assert place is not None
        place.fail("CFG-MISSING-KEY", f"{method} 要有点数 n", f"{method} needs n, the number of points", "例如 n: 256", "for example n: 256")
    n = parts["n"].integer_between(1, MAX_ROWS)
    if method == "sobol" and n & (n - 1):
        lower = 1 << (n.bit_length() - 1)
        near = lower if n - lower <= 2 * lower - n else 2 * lower
        parts["n"].fail(
            "STUDY-POWER-OF-TWO",
            f"Sobol 点数要是 2 的幂，{n} 不是",
            f"Sobol points come in powers of two, {n} is none",
            f"最近的是 {near}",
            f"the nearest is {near}",
        )
    return Sampling(method, n, seed)


def read_execution(node: Node) -> Execution:
    """Return where and with what a study runs; raise ``STUDY-EXECUTE`` for what a job script could not take."""
    parts = node.mapping((), EXECUTE_FIELDS)
    found: dict[str, Any] = {}
    if "on" in parts:
        found["on"] = parts["on"].word(ENGINES)
    for key in ("workers", "shards"):
        if key in parts:
            found[key] = parts[key].integer_between(0, 100_000)
    shapes = {
        "memory": (_MEMORY, "2GB"), "time": (_TIME, "04:00:00"), "partition": (_SLURM_WORD, "compute"),
        "account": (_SLURM_WORD, "my-lab"),
    }  # fmt: skip
    for key, (shape, example) in shapes.items():
        if key in parts:
            text = parts[key].text().strip()
            if not shape.fullmatch(text):
                parts[key].fail(
                    "STUDY-EXECUTE",
                    f"{key} 不能是 {short(text)}",
                    f"{key} cannot be {short(text)}",
                    f"例如 {example}",
                    f"for example {example}",
                )
            found[key] = text
    if "lines" in parts:
        lines = [item.text().strip() for item in parts["lines"].items()]
        for item, line in zip(parts["lines"].items(), lines, strict=True):
            if "\n" in line or "\0" in line:
                item.fail("STUDY-EXECUTE", "每项一行", "one line each", "请分成几项", "make several entries")
        found["lines"] = tuple(lines)
    return Execution(**found)
