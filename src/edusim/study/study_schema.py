"""The JSON Schema of a study file, for completion in an editor; descriptions in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edusim import declarations, scenario
from edusim.parameters import shipped, value_schemas
from edusim.policies import policy_names
from edusim.study import goals
from edusim.study.asked import OVER_YEARS, kept_measures
from edusim.study.factors import DISTRIBUTIONS
from edusim.study.parts import ENGINES, MAX_ROWS, MAX_SEED, METHODS
from edusim.study.ratios import ARMS, RATIO_FIELDS
from edusim.study.sensitivity_file import METHODS as ROWS_METHODS
from edusim.study.sensitivity_file import MOST_RUNS, SEEDS, WIDTH
from edusim.study.study_file import KINDS, REQUIRED


def _said(shape: Mapping[str, Any], zh: str, en: str) -> dict[str, Any]:
    return {**shape, "description": f"{zh} / {en}"}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": dict(properties), **more}


def _whole(zh: str, en: str, low: int = 0, high: int = MAX_SEED) -> dict[str, Any]:
    return _said({"type": "integer", "minimum": low, "maximum": high}, zh, en)


def _factor(values: Mapping[str, Any], uncertain: bool) -> dict[str, Any]:
    one = {"type": ["number", "boolean", "string"]}
    path = {"type": "string", "examples": list(values)}
    ends = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}
    bundle = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": dict(values),
        "patternProperties": {r"^[^:]+:.+$": one},
    }
    properties = {
        "sets": _said({"anyOf": [path, {"type": "array", "minItems": 1, "items": path}]}, "改变哪些参数", "the parameters it sets"),
        "range": _said(ends, "范围 [低, 高]", "range [low, high]"),
        "steps": _whole("网格的点数", "points of a grid", 2, 1_000_000),
        "values": _said(
            {"anyOf": [{"type": "array", "minItems": 1, "items": one}, {"type": "object", "minProperties": 1, "additionalProperties": bundle}]},
            "几个值；或几组设定，各改几个参数", "values; or named settings of several parameters at once",
        ),
    }  # fmt: skip
    ways = [{"required": ["range"]}, {"required": ["values"]}]
    if uncertain:
        properties["dist"] = _said({"enum": list(DISTRIBUTIONS)}, "分布", "distribution")
        properties["params"] = _said(
            {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "number"}},
            "triang [低, 最可能, 高]，norm [均值, 标准差]，lognorm [中位数, 对数标准差]",
            "triang [low, likeliest, high], norm [mean, sd], lognorm [median, sigma]",
        )
        ways.append({"required": ["dist", "params"]})
    return _object(properties, anyOf=ways)


def _sampling(methods: Sequence[str] = METHODS, **more: Any) -> dict[str, Any]:
    return {
        "method": _said({"enum": list(dict.fromkeys(methods))}, "布点方法", "how points are laid out"),
        "n": _whole("点数（sobol 取 2 的幂）", "points (sobol: a power of two)", 1, MAX_ROWS),
        "seed": _whole("布点的种子", "seed of the layout"),
        **more,
    }


def _rows() -> dict[str, Any]:
    """Return what the design of a sensitivity analysis has beside method, n and seed."""
    pair = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}}
    return {
        "second_order": _said({"anyOf": [{"type": "boolean"}, {"type": "array", "items": pair}]}, "sensitivity：两两交互，全部或列出的几对",
                              "sensitivity: indices of pairs, all or those listed"),
        "grow_until": _said(
            _object({
                "width": _said({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, f"区间的宽度，默认 {WIDTH}",
                               f"width of an interval; {WIDTH} if left out"),
                "max_runs": _whole(f"最多推演次数，默认 {MOST_RUNS:,}", f"most runs; {MOST_RUNS:,} if left out", 1, MAX_ROWS),
            }),
            "sensitivity：加倍到区间够窄、次序稳定为止", "sensitivity: double the points until intervals are narrow and ranks stable",
        ),
        "road": _said(
            _object({
                "trajectories": _whole("筛选的轨迹数", "trajectories of the screening", 4, 1_000_000),
                "keep": _whole("逐个细看的不确定因素至多几个", "uncertainties followed singly at most", 1, 1000),
            }),
            "method: road 的筛选", "the screening of method: road",
        ),
    }  # fmt: skip


def _goal_properties(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that studies of kind ``optimise`` have beside the others."""
    text, number = {"type": "string"}, {"type": "number"}
    measured = {key: outcome["properties"][key] for key in ("measure", "stage", "at")}
    limit = _object(
        {
            "outcome": _said(text, "结果的名字", "name of an outcome"), **measured,
            "at_most": _said(number, "不超过", "at most"), "at_least": _said(number, "不低于", "at least"),
            "probability": _said({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "至少多大的概率达到", "least probability of keeping it"),
        },
        anyOf=[{"required": ["outcome"]}, {"required": ["measure"]}],
    )  # fmt: skip
    return {
        "objectives": _said({"type": "array", "minItems": 1, "maxItems": goals.MOST_OBJECTIVES, "items": text},
                            "optimise：目标；默认为写了 want 的结果", "optimise: the objectives; those with want if left out"),
        "budget": _said(_object({"outcome": text, "at_most": {"type": "number", "exclusiveMinimum": 0}}, goals.BUDGET_FIELDS),
                        "optimise：预算，某结果的平均值不超过", "optimise: what an outcome may come to on average"),
        "limits": _said({"type": "array", "items": limit}, "optimise：要以一定概率达到的界限", "optimise: limits to be kept with a probability"),
        "search": _said(
            _object({
                "method": _said({"enum": list(goals.SEARCHES)}, "方法", "method"),
                "population": _whole("每代方案数", "plans in a generation", goals.LEAST_POPULATION, goals.MOST_POPULATION),
                "generations": _whole("代数", "generations", 1, goals.MOST_GENERATIONS),
                "seed": _whole("搜索的种子", "seed of the search", 0, 2**32 - 1),
            }),
            "optimise：如何搜索", "optimise: how the search is made",
        ),
        "fresh": _said(
            _object({
                "replicates": _whole("复评的抽样次数", "draws of the second scoring", 2, 1_000_000),
                "root": _whole("复评的根种子", "root seed of the second scoring"),
                "futures": _whole("复评的未来数", "futures of the second scoring", 1, 1_000_000),
            }),
            "optimise：用新的抽样复评前沿", "optimise: the front is scored again on fresh draws",
        ),
    }  # fmt: skip


def _group() -> dict[str, Any]:
    number = {"type": "number", "minimum": -1, "maximum": 1}
    return _object(
        {
            "inputs": _said({"type": "array", "minItems": 2, "items": {"type": "string"}}, "组内的杠杆与不确定因素", "levers and uncertainties of the group"),
            "correlation": _said(
                {"anyOf": [number, {"type": "array", "items": {"type": "array", "items": number}}]}, "组内相关：一个数或矩阵",
                "correlation inside it: a number or a matrix",
            ),
        },
        ("inputs",),
    )  # fmt: skip


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a study file, every parameter and measure listed."""
    values = {**value_schemas(), **scenario.mix_schemas()}
    both = _object({"zh": {"type": "string"}, "en": {"type": "string"}}, ("zh", "en"))
    names = list(policy_names())
    text = {"type": "string"}
    texts = {"type": "array", "items": text}

    def factors(uncertain: bool, zh: str, en: str) -> dict[str, Any]:
        many = {
            "behaviour": _said({"const": "all"}, "全部行为参数，各在其范围内均匀取值", "every parameter of behaviour, uniform over its range"),
            "except": _said(texts, "behaviour: all 不含这些", "parameters that behaviour: all leaves out"),
        }  # fmt: skip
        known = {"properties": many, "dependentRequired": {"except": ["behaviour"]}} if uncertain else {}
        return _said({"type": "object", **known, "additionalProperties": _factor(values, uncertain)}, zh, en)

    behaviours = [path for path, d in shipped().items() if d.scope == "behaviour" and d.type == "float"]
    above = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number", "exclusiveMinimum": 0}}
    ratio = _object(
        {
            "parameter": _said({"type": "string", "examples": behaviours}, "行为参数", "a parameter of behaviour"),
            "range": _said(above, "与第一个政策之比的范围，对数均匀", "range of the ratio to the first policy's, log-uniform"),
        },
        RATIO_FIELDS,
    )

    outcome = _object(
        {
            "measure": _said({"enum": list(kept_measures())}, "指标", "measure"),
            "stage": _said({"enum": ["primary", "junior", "all"]}, "学段", "part of school"),
            "at": _said({"anyOf": [{"type": "integer"}, {"enum": list(OVER_YEARS)}]}, "学年，或各年的合计方式", "school year, or over the years"),
            "want": _said({"enum": ["min", "max"]}, "越小或越大越好", "which way is better"),
        },
        ("measure",),
    )
    properties = {
        "schema_version": _said({"const": declarations.SCHEMA_VERSION}, "格式版本", "version of the format"),
        "kind": _said({"enum": list(KINDS)},
            "compare 比较政策，sweep 扫描参数，discover 在许多种未来中找结论成立的条件，sensitivity 看什么左右结果，optimise 在预算内找最好的方案",
            "compare policies, sweep over parameters, discover in many futures what a finding rests on, (sensitivity) what an outcome depends on, "
            "or optimise under a budget"),
        "name": _said(both, "名称", "name"),
        "extends": _said(text, "在另一份研究文件上改", "the study file that this one changes"),
        "scenario": _said({"type": "string", "examples": list(scenario.shipped())}, "情景：内置名或文件", "scenario: shipped name or file"),
        "set": _said({"type": "object"}, "所有运行共同的改动，如 years、rotation.share", "changes of the scenario for every run, such as years"),
        "policies": _said({"type": "array", "minItems": 1, "items": {"type": "string", "examples": names}}, "政策", "policies"),
        "baseline": _said({"type": "string", "examples": ["none", *names]}, "基线；none 为没有", "baseline; none for no baseline"),
        "designs": _said({"type": "array", "minItems": 1, "items": {"enum": list(scenario.DESIGNS)}}, "比较方式", "feasible, identical or both"),
        "levers": factors(False, "政策工具：当局定的", "levers: what the authority sets"),
        "uncertainties": factors(True, "不确定因素：谁也定不了的", "uncertainties: what nobody controls"),
        "ratios": _said({"type": "object", "minProperties": 1, "additionalProperties": ratio}, "discover：各政策行为参数与第一个政策之比",
                        "discover: ratios of a behaviour under each policy to the first one's"),
        "arms": _said({"type": "array", "minItems": 1, "items": {"enum": list(ARMS)}}, "discover：比值照抽，或全设为 1",
                      "discover: ratios as drawn, or all of them 1"),
        "groups": _said({"type": "object", "minProperties": 1, "additionalProperties": _group()}, "sensitivity：合在一起的因素，组内可以相关",
                        "sensitivity: inputs taken together, perhaps dependent"),
        "seeds": _said(
            _object({
                "root": _whole("根种子", "root seed"),
                "replicates": _whole("每点重复次数", "draws of every point", 1, 1_000_000),
                "paired": _said({"type": "boolean"}, "各点用同样的人口与签", "every point meets the same draws"),
                "as": _said({"enum": list(SEEDS)}, "sensitivity：种子是一个因素、各次独立、或处处相同",
                            "sensitivity: the seed is an input, every run has its own, or the same everywhere"),
            }),
            "种子", "seeds",
        ),
        "outcomes": _said({"type": "object", "minProperties": 1, "additionalProperties": outcome}, "问什么", "what is asked of every run"),
        "keep": _said(texts, "逐年保留的指标，可用 *", "measures kept for every year, with * as a wild card"),
        "design": _said(
            _object(_sampling(
                (*METHODS, *ROWS_METHODS),
                crossed=_said({"type": "boolean"}, "工具与不确定因素相乘", "levers are crossed with uncertainties"),
                futures=_said(_object(_sampling()), "不确定因素的布点", "how the uncertainties are laid out"),
                only=_said(text, "只留合于此 SQL 条件的点", "SQL condition that a point must meet"),
                **_rows(),
            )),
            "布点", "how points are laid out",
        ),
        **_goal_properties(outcome),
        "store": _said(_object({"path": text}, ("path",)), "结果文件夹，从当前文件夹算起", "folder of the results, from the working folder"),
        "execute": _said(
            _object({
                "on": _said({"enum": list(ENGINES)}, "在哪里运行", "where it runs"),
                "workers": _whole("进程数", "workers", 0, 100_000),
                "shards": _whole("分片数", "shards", 0, 100_000),
                **dict.fromkeys(("memory", "time", "partition", "account"), text),
                "lines": _said(texts, "写进作业脚本的行", "lines put into the job script"),
            }),
            "如何运行（不改变结果）", "how it is carried out; cannot change a result",
        ),
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edusim study",
        # What a file extends may hold the rest.
        **_object(properties, anyOf=[{"required": ["extends"]}, {"required": list(REQUIRED)}]),
    }
