"""JSON Schemas of the files that a researcher writes, for completion in an editor; descriptions in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edusim import declarations, policies, scenario
from edusim.declarations import law_in_force
from edusim.parameters import value_schemas

KINDS = ("scenario", "policy")
#: Editors look for it at the head of a file; the path starts from the file's folder.
HEAD = "# yaml-language-server: $schema="

_DATE = r"^\d{4}-\d{1,2}-\d{1,2}$"
_DATE_KEY = r"^(always|\d{4}-\d{1,2}-\d{1,2})$"


def _said(schema: Mapping[str, Any], zh: str, en: str) -> dict[str, Any]:
    return {**schema, "description": f"{zh} / {en}"}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": dict(properties), **more}


def _both(zh: str, en: str) -> dict[str, Any]:
    return _said(_object({"zh": {"type": "string"}, "en": {"type": "string"}}, ("zh", "en")), zh, en)


def _date(zh: str, en: str) -> dict[str, Any]:
    # An editor reads 2026-09-01 as a date or as a text, as it likes.
    return _said({"type": "string", "pattern": _DATE}, zh, en)


def _reference() -> dict[str, Any]:
    documents = list(law_in_force().documents)
    return _said(
        _object({
            "document": _said({"enum": documents}, "文件", "document"),
            "clause": _said({"type": "string"}, "条款位置，如 四(五)", "heading of the clause, such as 四(五)"),
            "quote": _said({"type": "string"}, "原文，一字不改", "its exact words"),
            "source": _said({"type": "string"}, "出处：网址或论文", "address or paper"),
            "note": _both("说明：设了什么、为什么", "what was assumed and why"),
            "rows": _said({"type": "array", "items": {"type": "string", "pattern": r"^M-\d{2,3}$"}}, "条款登记册的行", "rows of the register"),
        }),
        "值的来源", "where the value comes from",
    )  # fmt: skip


def _clause(value: Mapping[str, Any]) -> dict[str, Any]:
    plain = {k: v for k, v in value.items() if k != "description"}
    dated = {"type": "object", "additionalProperties": False, "minProperties": 1, "patternProperties": {_DATE_KEY: plain}}
    either = {"anyOf": [plain, dated]}
    return {
        **_object({
            "status": _said({"enum": list(declarations.STATUSES)}, "性质：clause 条文，evidence 研究，assumption 设定", "clause, evidence or assumption"),
            "value": _said(either, "值", "value"),
            "values": _said(either, "按日期的值，如 {2026-09-01: 0.1}", "dated values, such as {2026-09-01: 0.1}"),
            "reference": _reference(),
        }, ("status", "reference")),
        "oneOf": [{"required": ["value"]}, {"required": ["values"]}],
        "description": value["description"],
    }  # fmt: skip


def policy() -> dict[str, Any]:
    """Return the JSON Schema of a policy file (draft 2020-12): every parameter with its range and description."""
    values = value_schemas()
    paths = list(law_in_force().parameters)
    names = [name for name in policies.policy_names() if name != declarations.STATUS_QUO]
    share = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}
    dated_mix = {"type": "object", "minProperties": 1, "additionalProperties": False, "patternProperties": {_DATE_KEY: share}}
    scenarios = list(scenario.shipped())
    taken = _object({
        "from": _said({"type": "string", "examples": names}, "取自：随附的政策名，或文件", "a shipped policy, or a file"),
        "clauses": _said(
            {"type": "array", "minItems": 1, "items": {"type": "string", "examples": sorted({p.split(".")[0] + ".*" for p in paths}) + paths}},
            "取哪些条款，可用 * ，如 rotation.*", "which clauses, with *, such as rotation.*",
        ),
    }, ("from", "clauses"))  # fmt: skip
    properties = {
        "schema_version": _said({"const": declarations.SCHEMA_VERSION}, "格式版本", "version of the format"),
        "kind": _said({"const": "policy"}, "文件种类", "kind of file"),
        "key": _said({"type": "string", "pattern": "^[a-z_][a-z0-9_]*$"}, "政策的短名：小写字母与下划线", "short name: small letters and underscores"),
        "name": _both("名称", "name"),
        "description": _both("一句话说明", "what it is, in a sentence"),
        "start": _date("开始日期", "first day"),
        "end": _date("结束日期", "last day"),
        "document": _said({"enum": list(law_in_force().documents)}, "所据文件", "the document it follows"),
        "role": _said({"enum": list(policies.ROLES)}, "document：本文件是一份政策文件的全部", "document: the file is the whole of one document"),
        "scenario": _said({"enum": scenarios}, "与文件同形的县：随附情景", "a shipped scenario with a county of the document's own shape"),
        "modes": _said({"type": "array", "maxItems": 0}, "只能写 []：不组建教共体", "only []: no groups are formed"),
        "mix": _said({"anyOf": [share, dated_mix]}, "各模式所占比例，可按日期", "share of each mode, may be dated"),
        "take": _said({"type": "array", "items": taken}, "从其他政策取条款；后写的优先，本文件 clauses 最优先",
                      "clauses taken from other policies; later before earlier, own clauses before all"),
        "clauses": _said(_object({path: _clause(values[path]) for path in paths}), "与现行法规不同的条款", "what differs from the law in force"),
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edusim policy",
        **_object(properties, ("schema_version", "kind", *policies.POLICY_KEYS)),
    }


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file: ``scenario`` or ``policy``."""
    return policy() if kind == "policy" else scenario.schema()
