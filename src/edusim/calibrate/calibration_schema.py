"""The JSON Schema of a calibration file, for completion in an editor; descriptions in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edusim import declarations, scenario
from edusim.calibrate.calibration_file import _FIELDS, COUNTIES, MOST_PARAMETERS, REQUIRED, SCOPES
from edusim.parameters import shipped, value_schemas
from edusim.policies import policy_names
from edusim.study.parts import MAX_SEED


def _said(shape: Mapping[str, Any], zh: str, en: str) -> dict[str, Any]:
    return {**shape, "description": f"{zh} / {en}"}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": dict(properties)}


def _whole(zh: str, en: str, low: int, high: int) -> dict[str, Any]:
    return _said({"type": "integer", "minimum": low, "maximum": high}, zh, en)


def _some(zh: str, en: str, kinds: tuple[str, ...] = ("string",)) -> dict[str, Any]:
    one = {"type": list(kinds)}
    return _said({"anyOf": [one, {"type": "array", "items": one}]}, zh, en)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a calibration file, every parameter that can be fitted listed with its range."""
    declared = value_schemas()
    ends = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}
    fitted = {
        path: {"anyOf": [_object({"range": ends}), ends], "description": declared[path]["description"]}
        for path, d in shipped().items() if d.scope in SCOPES and d.type == "float" and d.low < d.high
    }  # fmt: skip
    text = {"type": "string"}
    properties = {
        "schema_version": _said({"const": declarations.SCHEMA_VERSION}, "格式版本", "version of the format"),
        "kind": _said({"const": "calibrate"}, "文件种类", "kind of file"),
        "name": _said(_object({"zh": text, "en": text}, ("zh", "en")), "名称", "name"),
        "scenario": _said({"type": "string", "examples": list(scenario.shipped())}, "情景：内置名或文件", "scenario: shipped name or file"),
        "set": _said({"type": "object"}, "情景的改动，如 years、region.n_pupils", "changes of the scenario, such as years or region.n_pupils"),
        "policy": _said({"type": "string", "examples": list(policy_names())}, "这些数是在哪种政策下产生的", "under which policy the numbers came about"),
        "fit": _said(
            {"type": "object", "minProperties": 1, "maxProperties": MOST_PARAMETERS, "additionalProperties": False, "properties": fitted},
            "拟合哪些参数；{} 取声明的范围", "which parameters are fitted; {} takes the declared range",
        ),
        "tables": _some("统计表：CSV 文件或随附的名称", "tables: CSV files or shipped names"),
        "hold_out": _said(
            _object({
                "measures": _some("这些指标", "these measures"),
                "years": _some("这些学年；base 为基准年", "these school years; base for the base year", ("integer", "string")),
                "counties": _some("这些县", "these counties"),
                "tables": _some("这些表", "these tables"),
            }),
            "不参加拟合，留作检验", "predicted, not fitted",
        ),
        "seeds": _said(
            _object({
                "root": _whole("根种子", "root seed", 0, MAX_SEED),
                "draws": _whole("每组参数抽样几次", "draws of every parameter set", 2, 1000),
                "county": _said({"enum": list(COUNTIES)}, "same：同一个县；drawn：每次另抽一个县", "same: one county; drawn: another for every draw"),
            }),
            "种子", "seeds",
        ),
        "trials": _said(
            _object({
                "start": _whole("先布多少组（2 的幂）", "parameter sets laid out first, a power of two", 16, 65536),
                "guided": _whole("再由已有结果引导多少组", "further ones, led by what was found", 0, 65536),
                "batch": _whole("引导时一次几组", "how many of these at a time", 1, 1024),
            }),
            "试多少组参数", "how many parameter sets are tried",
        ),
        "recover": _said(_object({"truths": _whole("埋入几组已知参数", "known parameter sets that are planted", 2, 1024)}), "还原", "recovery"),
        "store": _said(_object({"path": text}, ("path",)), "结果文件夹，从当前文件夹算起", "folder of the results, from the working folder"),
    }  # fmt: skip
    assert all(set(properties[key]["properties"]) == set(names) for key, names in _FIELDS.items())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edusim calibration",
        **_object(properties, REQUIRED),
    }
