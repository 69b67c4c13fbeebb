"""Reference pages made from the code: measures, parameters, roster, run folder, errors, glossary."""

# ruff: noqa: E501 -- one entry of a table stays one line
from __future__ import annotations

import ast
import math
import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from glance import table
from glossary import IDEAS

from edusim import measures, parameters
from edusim.declarations import law_in_force
from edusim.region.roster_columns import SHEETS, WORDS
from edusim.region.roster_report import how_filled
from edusim.scenario import load

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "edusim"


def plain(value: float) -> str:
    return "" if math.isnan(value) else f"{value:g}"


# ---- measures --------------------------------------------------------------------------------------

ROOMS = {
    "official": ("official indicators", "官方指标"), "inequality": ("inequality", "差异"), "learning": ("learning", "学业"),
    "staffing": ("staffing", "教师"), "leadership": ("leadership", "管理"), "families": ("families", "家庭"),
    "groups": ("groups", "教共体"), "money": ("money", "经费"), "school": ("columns of the table of schools", "学校表各列"),
}  # fmt: skip
BETTER = {"up": "↑", "down": "↓", "none": "·"}


def measures_page() -> str:
    frame = measures.catalogue()
    room = frame["id"].str.partition(".")[0]
    parts = [
        "# Measures 指标\n",
        f"{len(frame)} measures, generated from `edusim.measures.catalogue()`. `scope`: county (one row), stage (by part of school), zone, group, school.\n"
        "Direction: ↑ more is better, ↓ less is better, · neither. Limits are official ones, primary / junior. Shares are 0–1.\n"
        "A measure that cannot be reckoned (nobody to measure) is NaN, never 0.\n",
    ]
    for name in dict.fromkeys(room):
        en, zh = ROOMS.get(name, (name, name))
        rows = [
            (
                f"`{m.id}`", m.label_zh, m.label_en, m.unit, m.scope, m.stages, BETTER[m.better],
                " / ".join(dict.fromkeys(filter(None, (plain(m.limit_primary), plain(m.limit_junior))))), m.formula, m.source,
            )
            for m in frame[room == name].itertuples()
        ]  # fmt: skip
        parts += [f"## {en[0].upper()}{en[1:]} {zh}\n", table(("id", "中文", "English", "unit", "scope", "stages", "", "limit", "formula", "source"), rows)]
    return "\n".join(parts)


# ---- parameters ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def values_by_policy() -> dict[str, dict[str, str]]:
    """Return path -> policy -> value in its first year, and the last where it differs (the shipped county)."""
    scenario, known = load("county"), parameters.shipped()
    found: dict[str, dict[str, str]] = {}
    first, last = scenario.base_year + 1, scenario.base_year + scenario.years
    for key in scenario.policies:
        laws = [scenario.parameters(key).at(year) for year in (first, last)]
        for path in (*laws[0], *laws[0].by_mode):
            place = 0 if key == "status_quo" else 1
            values = [known[path].show(float(w.by_mode[path][place] if path in w.by_mode else w[path])) for w in laws]
            found.setdefault(path, {})[key] = " → ".join(dict.fromkeys(values))
    return found


def parameters_page() -> str:
    frame = parameters.catalogue()
    scenario = load("county")
    by_policy = values_by_policy()
    policies = [k for k in scenario.policies if k != "status_quo"]
    names = [scenario.policy(k).name_zh for k in policies]
    policy_rows = frame[frame["scope"].isin(["group", "county"])]
    parts = [
        "# Parameters 参数\n",
        f"{len(frame)} parameters, generated from `edusim.parameters.catalogue()`. Files: `configs/policies/` (clauses), `configs/behaviour/` (what no authority sets),\n"
        "`configs/regions/` (how a county is drawn). Change one with `-S path=value`, for one policy with `-S policy:path=value`, or in a scenario.\n\n"
        "- **status**: `clause` written in a document, `evidence` a study or statistic is named, `assumption` ours, to be varied over its range.\n"
        "- **scope**: `group` may differ between modes (the value stands for the law in force), `county` one for all, `behaviour` uncertain, the same for every mode, `region` the drawn county.\n"
        "- **moves**: a measure that the parameter moves, with the direction when it rises (+ − or 0 for either); a test holds every parameter to moving something.\n"
        "- Values of the modes: first year of the policy, and after the arrow the last year of the shipped county where it differs; empty where they equal the law.\n",
        "## Documents 文件\n",
        table(("key", "中文", "English", "source"), [(f"`{k}`", *texts) for k, texts in law_in_force().documents.items()]),
    ]
    for rule in dict.fromkeys(policy_rows["rule"]):
        rows = []
        for p in policy_rows[policy_rows["rule"] == rule].itertuples():
            values = by_policy.get(p.path, {})
            law = values.get("status_quo", p.default)
            rows.append((
                f"`{p.path}`", p.description_zh, p.description_en, p.unit, law, *("" if values.get(k, law) == law else values[k] for k in policies),
                p.range, p.status, p.clause, f"`{p.measure}` {p.direction}", source_text(p),
            ))  # fmt: skip
        head = ("path", "中文", "English", "unit", "law 现行", *names, "range", "status", "clause", "moves", "source")
        parts += [f"## Policy: `{rule}`\n", table(head, rows)]
    for scope, title in (("behaviour", "Behaviour 行为"), ("region", "Region 县域生成")):
        chosen = frame[frame["scope"] == scope]
        rows = [
            (
                f"`{p.path}`", p.description_zh, p.description_en, p.unit, p.default, p.range, p.status, p.rule,
                f"`{p.measure}` {p.direction}", source_text(p),
            )
            for p in chosen.itertuples()
        ]  # fmt: skip
        parts += [f"## {title}\n", table(("path", "中文", "English", "unit", "default", "range", "status", "rule", "moves", "source"), rows)]
    return "\n".join(parts)


def source_text(row: object) -> str:
    zh, en = str(row.source_zh), str(row.source_en)  # type: ignore[attr-defined]
    return en if zh == en else f"{zh} / {en}"


# ---- roster ----------------------------------------------------------------------------------------

KINDS = {
    "code": "code 编号 (text)", "text": "text 文本", "integer": "whole number 整数", "number": "number 数", "share": "share 0–1 or % 比例",
    "word": "word 选项", "reference": "school id 学校编号", "references": "school ids 学校编号（多个）",
}  # fmt: skip


def roster_page() -> str:
    parts = [
        "# Roster 花名册\n",
        "Generated from `edusim.region.roster_columns`. An Excel workbook with one sheet each, or a folder of CSV files (`schools.csv` / `学校.csv`, UTF-8 or GB18030); only the\n"
        "schools are needed. Headers may be the key, the Chinese or English name or a synonym; width, case, spaces and a unit in brackets do not matter. Columns whose\n"
        "header begins with `_`, and remarks (备注), are left alone.\n\n"
        "`edusim template roster.xlsx` writes the workbook: a guide, empty sheets with lists to choose from, hints and comments, and a made-up county on a sheet of its own that is\n"
        "never read (`--example` also fills the schools sheet with it, ready to run). `edusim check roster.xlsx` names every wrong cell and writes `roster.checked.xlsx` beside it\n"
        "(`--out FILE` elsewhere, `-n` nothing): the same workbook with every finding listed, linked, coloured and commented, with the nearest valid value. ✗ red must be mended;\n"
        "! amber is usable but odd; ≈ blue was read as something else than written (full-width digits, `1,200`, `35%`, lost leading zeros) and the cell shows what; ○ grey hatching is\n"
        "empty and will be filled, no fault, counted by column with how. The roster itself is never changed; a checked copy that someone has saved is never overwritten, and one that is\n"
        "checked again loses its old marks first. What openpyxl cannot keep (pictures, controls, some extensions) is said on the first sheet.\n\n"
        "`edusim template 名册.xlsx` 写出模板：填表说明、带下拉列表与提示的空表，以及一张不会被读取的示例表（`--example` 把示例县填入学校表，可直接运行）。\n"
        "`edusim check 名册.xlsx` 逐格检查，并在旁边写出 `名册.checked.xlsx`：逐条列出、可点击跳转，单元格上色并加批注，给出最近的可用值。✗ 红：必须改正；! 黄：可用，请核对；\n"
        "≈ 蓝：写法已规范（全角数字、千分位、百分号、丢失的前导零），表中已是读作的值；○ 灰色斜纹：空格，不是错误，将抽取或由规则得出，另表按列计数。原文件不会改动。\n\n"
        "Leading zeros that a spreadsheet took are given back where all other codes leave no doubt (one length, no such code yet); else the check asks, naming both readings. A long code\n"
        "that was stored as a number (`1.23457E+11`) has lost its last digits, which cannot be recovered: it is refused. Someone else's table is read with\n"
        "a mapping (`--mapping NAME` or a YAML file; `configs/rosters/guangzhou_junior.yaml` is a documented example).\n\n"
        "**What is given is used exactly; what is empty is drawn anew in every draw** (from `configs/regions/`), marked and counted in `manifest.json` (`imputed`).\n"
        "**给定的值原样使用；空格每次抽样重抽，并在 `manifest.json` 中计数。** Results name schools by pseudonym (代号) only.\n\n"
        "`turnover`, `satisfaction`, `good_senior_chance` and `z_score` are last year's; the model sets them anew at the end of the first year.\n"
        "`turnover`、`satisfaction`、`good_senior_chance`、`z_score` 是上年的数，第一学年末由模型更新。\n",
    ]  # fmt: skip
    for sheet in SHEETS.values():
        rows = []
        for c in sheet.columns.values():
            zh, en = ("–", "–") if c.required else (how_filled(sheet.key, c.key, "zh"), how_filled(sheet.key, c.key, "en"))
            bounds = "" if c.low is None and c.high is None else f"{'' if c.low is None else f'{c.low:g}'} – {'' if c.high is None else f'{c.high:g}'}"
            words = f"`{c.words}`" if c.words else ""
            meaning = " / ".join(filter(None, (c.meaning_zh, c.meaning_en)))
            rows.append((
                f"`{c.key}`", c.zh, "yes 必填" if c.required else "", KINDS[c.kind], words, c.unit, bounds, meaning, "、".join(c.synonyms), zh, en,
            ))  # fmt: skip
        head = ("header", "中文表头", "required", "kind", "words", "unit", "range", "meaning", "also accepted", "空格如何处理", "when empty")
        also = "、".join(sheet.synonyms)
        parts += [f"## Sheet `{sheet.key}` {sheet.zh}\n", f"Also accepted as the name of the sheet: {also}.\n", table(head, rows)]
    parts += ["## Words 选项\n"]
    for key, words in WORDS.items():
        rows = [(f"`{code}`", names[0], names[1], "、".join(names[2:])) for code, names in words.items()]
        parts += [f"**`{key}`**\n", table(("code", "中文", "English", "also accepted"), rows)]
    return "\n".join(parts)


# ---- run folder ------------------------------------------------------------------------------------

FILES = {
    "manifest.json": "versions, resolved configuration, seed, hashes, agents, rules that were on, what was imputed, digest of every final state",
    "table.zh.txt": "the printed table in Chinese 中文结果表", "table.en.txt": "the printed table in English",
    "measures.parquet": "every measure of every design, policy, draw and year (long form)",
    "measures.csv": "the same for county, stage and zone, averaged over draws with 95% intervals; opens in a spreadsheet",
    "effects.parquet": "paired differences from the baseline with 95% intervals (only of `compare`)", "effects.csv": "the same, for a spreadsheet",
    "schools.parquet": "one row a policy, draw, year and school, under pseudonyms 代号", "schools.csv": "the same averaged over draws",
    "records.parquet": "decisions: counted by event and year, or each one with `--records all`",
    "flows.parquet": "teachers sent on rotation, from place to place",
    "log.txt": "what the command line did and when (not written by `save()`)",
    "trajectories": "gap of core and member schools over the years, with 95% bands", "dumbbell": "schools in the base year and the last year",
    "indicators": "the seven official indicators against their limits", "teacher_flow": "who was sent where",
    "county_map": "schools and groups on the map", "ridgeline": "distribution of the schools' results",
    "frontier": "extra spending a year against narrowing of the gap: who is beaten, what a further step costs",
    "compliance": "probability of keeping the limit of each coefficient, by year, stage and policy",
    "money": "spending by year, recurrent and one-off, and by line", "gains": "who gains and who loses: groups of schools and pupils, kinds of place",
    "quota": "rotation promised and delivered against the official tenth, and backbone among those sent",
    "seats": "seats empty and needed by kind of place; class sizes against the limits",
}  # fmt: skip
COLUMNS = {
    "design": "`feasible` or `identical`", "policy": "key of the policy", "baseline": "policy compared with", "draw": "number of the draw, from 0",
    "year": "school year (its autumn's calendar year)", "measure": "id, see [measures.md](measures.md)", "scope": "county, stage, zone, group",
    "stage": "primary, junior, all; a school's own stage in the tables of schools", "unit_id": "which zone, group or mode the row is of", "value": "value of the measure",
    "unit": "unit of the value", "mean": "mean (effects: of the paired differences)", "low": "lower end of the 95% interval (Student)",
    "high": "upper end of the 95% interval", "n": "draws in which the measure is defined",
    "draws_needed": "draws after which the interval would leave out 0, if mean and spread stayed: (1.96 sd / mean)²",
    "rule": "rule that decided", "agent_type": "school, group, teacher, pupil, authority; `count` for counts", "agent_id": "id of the agent, -1 for counts",
    "source": "id of the school (or group) it came from, -1 none", "target": "id of the school it went to, -1 none", "clause": "rows of the register of clauses",
    "amount": "yuan, years or number, as the event says", "event": "what happened", "from_zone_role": "zone of the school left, or `core`",
    "to_zone_role": "zone of the school gone to, or `core`", "teachers": "teachers sent", "school_id": "id of the campus in the run", "pseudonym_zh": "代号",
    "pseudonym_en": "pseudonym", "zone": "urban, town, rural, mountain", "role": "none, core or member, this year",
    "role_base": "none, core or member in the base year (set fixed)", "group_id": "group, -1 none", "mode": "mode of its group, 0 under the law in force",
    "is_private": "private school", "x_km": "place, eastward, km", "y_km": "place, northward, km",
    "is_weak_base": "in the weaker half in the base year", "is_top_base": "in the top quarter in the base year",
}  # fmt: skip
MANIFEST = {
    "schema_version": "version of this layout", "versions": "edusim, Python and libraries", "scenario": "name, zh and en", "hash": "of the resolved configuration",
    "configuration": "every resolved setting and value", "overrides": "what the user put in", "seed": "seed of the run", "baseline": "policy compared with",
    "policies": "keys, in order", "designs": "feasible, identical", "draws": "number of draws",
    "dates": "aligned (to the year after the base year) or document (as written)",
    "acting": "policy: first and last year simulated in which it acts, empty when in none",
    "base_year": "base year", "last_year": "last school year",
    "agents": "schools, pupils, teachers, groups, neighbourhoods", "rules_on": "rules that were on", "imputed": "table.column: cells drawn anew in every draw",
    "notes": "what a reader should know, zh and en", "lines": "lines of the accounts", "sources": "policy, parameter: mode, document and heading of each clause, and the policy that wrote it", "digests": "design/policy/draw: digest of the final state",
    "status": "scenario exploration, not a forecast", "resume": "what is needed to make the run again",
}  # fmt: skip


def kind_of(arrow_type: object) -> str:
    from pyarrow import types

    if types.is_dictionary(arrow_type):
        arrow_type = arrow_type.value_type  # type: ignore[attr-defined]
    for test, name in ((types.is_boolean, "yes/no"), (types.is_integer, "whole number"), (types.is_floating, "number"), (types.is_null, "empty")):
        if test(arrow_type):
            return name
    return "text"


def run_folder_page() -> str:
    import csv
    import json

    from pyarrow import parquet

    import edusim

    labels = {m.id: m.label_en for m in measures.registered()}
    parts = [
        "# A run folder 结果文件夹\n",
        "Generated from a small comparison. `edusim compare ... --out DIR` writes the folder whole or not at all. `edusim.folders.load_run(DIR)` reads it back. Parquet files hold every\n"
        "draw; CSV files (UTF-8 with a mark, for spreadsheets) are averages over draws. `edusim explain DIR --school 3` (`--teacher`, `--group`, `--yuan`) says what happened and why.\n",
    ]
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "run"
        edusim.compare(load("small").with_({"years": 1}), policies=["status_quo", "fusion"], draws=2).save(folder, "en")
        files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        rows = [(f"`{f}`", explain_file(f)) for f in sorted([*files, "log.txt"])]
        parts += ["## Files 文件\n", table(("file", "holds"), rows)]
        for name in files:
            if name.endswith(".parquet"):
                schema = parquet.read_schema(folder / name)
                columns = [(f.name, kind_of(f.type)) for f in schema]
            elif name.endswith(".csv"):
                with (folder / name).open(encoding="utf-8-sig", newline="") as lines:
                    columns = [(c, "") for c in next(csv.reader(lines))]
            else:
                continue
            rows = [(f"`{c}`", kind, explain_column(c, labels)) for c, kind in columns]
            if name.endswith(".csv"):
                parts += [f"## `{name}`\n", "Columns: " + ", ".join(r[0] for r in rows) + ".\n"]
            else:
                parts += [f"## `{name}`\n", table(("column", "kind", "meaning"), rows)]
        keys = list(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    missing = [k for k in keys if k not in MANIFEST]
    if missing:
        raise SystemExit(f"tools/docs_pages.py: MANIFEST says nothing of {', '.join(missing)}")
    parts += ["## `manifest.json`\n", table(("key", "holds"), [(f"`{k}`", MANIFEST[k]) for k in keys])]
    return "\n".join(parts)


def explain_file(name: str) -> str:
    text = FILES.get(name) or FILES.get(Path(name).stem)
    if text is None:
        raise SystemExit(f"tools/docs_pages.py: FILES says nothing of {name}")
    return text


def explain_column(name: str, labels: dict[str, str]) -> str:
    text = COLUMNS.get(name) or labels.get(f"school.{name}")
    if text is None:
        raise SystemExit(f"tools/docs_pages.py: COLUMNS says nothing of {name}")
    return text


# ---- errors ----------------------------------------------------------------------------------------

CODE = re.compile(r"(CFG|CLI|DATA|RUN|EXPLAIN|STATE|MEASURE|FIG|REGION|REPORT|BUG|STUDY|CAL|DEP)-[A-Z][A-Z-]*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KIND_OF = (
    ("CLI", "command line 命令行", "2"), ("CFG", "configuration 配置", "2"), ("REGION", "region 县域", "2"), ("STUDY", "study 研究", "2"),
    ("CAL", "calibration 校准", "2 (CAL-LIBRARY, CAL-STORE, CAL-FAILED, CAL-WORKER: 1)"),
    ("DATA", "roster 花名册", "3 (notices 提示: 0)"), ("RUN", "run and its folder 运行与结果", "1"), ("EXPLAIN", "explain 溯因", "2"),
    ("REPORT", "reports 报告", "2 (REPORT-EXISTS, REPORT-FILE, REPORT-LANGUAGE, REPORT-NO-TYPST, REPORT-PDF: 1)"),
    ("FIG", "figures 图", "1"), ("MEASURE", "measures from Python 指标函数", "1"), ("STATE", "a rule that must always hold 守恒与状态", "1"),
    ("DEP", "old names and formats, still understood 仍认的旧名与旧格式", "0 (a warning 提示)"), ("BUG", "a fault of edusim itself 程序错误", "1"),
)  # fmt: skip
#: Codes whose text is put together elsewhere than beside the code.
TEXTS = {
    "REPORT-NOT-FINISHED": ("还有推演没有做，或搜索、筛选还没有做完", "runs are still to be made, or a search or a screening has not ended"),
    "STUDY-KILLED-WORKER": (
        "此次运行的工作进程两次中途结束：一次与其他运行一起，一次单独进行", "the worker process of a run ended twice: among other runs, and alone",
    ),
    "STUDY-CORRELATION": ("组内的相关系数不成立：没有这个组、不是相关矩阵，或与成员数不符", "the correlation inside a group cannot be: no such group, or no correlation matrix of its members"),
    "STUDY-EVALUATION": ("函数在所示的点出错、没有返回值，或结果不是有限的数", "the function failed at the point shown, returned nothing, or gave no finite number"),
    "STUDY-FUNCTION": ("函数的参数或结果不是这里能用的", "the function takes or returns what cannot be used here"),
    "CFG-KIND": ("kind 不是这里要的种类", "the file's kind is not the one asked for here"),
    "CFG-UNKNOWN-DOCUMENT": ("没有声明这一文件", "the document is not declared"),
    "CFG-UNKNOWN-VALUE": ("不在可用的值之中", "is none of the valid values"),
    "CFG-UNKNOWN-SCENARIO": ("没有这个随附情景", "no shipped scenario has this name"),
    "DATA-GROUP-ROLE": ("教共体与角色不一致", "group and role do not agree"),
}  # fmt: skip


def text_of(node: ast.expr) -> str | None:
    """Return a message as written, each value put in as …; None where it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values]
        return "".join(parts)
    if isinstance(node, ast.IfExp):
        both = (text_of(node.body), text_of(node.orelse))
        return None if None in both else " | ".join(b for b in both if b)
    if isinstance(node, ast.BinOp):
        both = (text_of(node.left), text_of(node.right))
        return "".join(b if b is not None else "…" for b in both) if any(both) else None
    return None


def calls(node: ast.AST, scope: ast.AST | None = None) -> Iterator[tuple[ast.Call, ast.AST | None]]:
    """Yield every call below a node, in the order of the source, with the innermost function it stands in."""
    waiting = [(child, scope) for child in reversed(list(ast.iter_child_nodes(node)))]
    while waiting:  # a list, not calls within calls: there are a million nodes
        at, inside = waiting.pop()
        if isinstance(at, ast.Call):
            yield at, inside
        within = at if isinstance(at, ast.FunctionDef) else inside
        waiting += [(child, within) for child in reversed(list(ast.iter_child_nodes(at)))]


def raised(file: Path) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield (code, zh, en) of every call that names a code; texts are None where they stand elsewhere."""
    for call, scope in calls(ast.parse(file.read_text(encoding="utf-8"))):
        for place, argument in enumerate(call.args):
            options = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
            codes = [o.value for o in options if isinstance(o, ast.Constant) and isinstance(o.value, str) and CODE.fullmatch(o.value)]
            if not codes:
                continue
            named = assigned(scope)
            rest = [named.get(a.id, a) if isinstance(a, ast.Name) else a for a in call.args[place + 1 :]]
            rest += [k.value for k in call.keywords if k.arg in ("zh", "en")]
            for branch, code in enumerate(codes):
                # Where the code depends on a case, so does its text.
                mine = [(a.body, a.orelse)[branch] if len(codes) == 2 and isinstance(a, ast.IfExp) else a for a in rest]
                texts = [text_of(a) for a in mine]
                at = next((i for i, t in enumerate(texts) if t and CHINESE.search(t)), None)
                zh = texts[at] if at is not None else None
                yield code, zh, texts[at + 1] if at is not None and at + 1 < len(texts) else None


def assigned(scope: ast.AST | None) -> dict[str, ast.expr]:
    """Return what the names of a function stand for."""
    if scope is None:
        return {}
    return {t.id: n.value for n in ast.walk(scope) if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}


@lru_cache(maxsize=1)
def error_codes() -> dict[str, tuple[list[tuple[str, str]], list[str]]]:
    """Return code -> (texts zh and en, files)."""
    found: dict[str, tuple[list[tuple[str, str]], list[str]]] = {}
    for file in sorted(p for p in SOURCE.rglob("*.py") if "_configs" not in p.parts):
        for code, zh, en in raised(file):
            texts, files = found.setdefault(code, ([], []))
            name = file.relative_to(SOURCE).as_posix()
            if name not in files:
                files.append(name)
            if zh and en and (zh, en) not in texts:
                texts.append((zh, en))
    for code, texts in TEXTS.items():
        if code not in found:  # not raised: told in a row of a table
            files = [p.relative_to(SOURCE).as_posix() for p in sorted(SOURCE.rglob("*.py")) if f'"{code}"' in p.read_text(encoding="utf-8")]
            found[code] = ([], files)
        if not found[code][0]:
            found[code][0].append(texts)
    return found


def errors_page() -> str:
    found = error_codes()
    silent = sorted(code for code, (texts, _) in found.items() if not texts)
    if silent:
        raise SystemExit(f"tools/docs_pages.py: no text found for {', '.join(silent)}: add them to TEXTS")
    parts = [
        "# Messages 出错信息\n",
        f"{len(found)} codes, generated from the source. A message reads `place: what is wrong; how to mend it. [CODE]` in the reader's language (`--lang`, `EDUSIM_LANG`, the\n"
        "locale); `--json` gives both. Codes are stable; texts may improve. “…” stands for what is put in. Exit status: 0 done, 1 failure, 2 usage or configuration,\n"
        "3 roster, 130 interrupted (Ctrl-C).\n",
    ]  # fmt: skip
    for prefix, title, status in KIND_OF:
        rows = [
            (f"`{code}`", "<br>".join(zh for zh, _ in texts), "<br>".join(en for _, en in texts), ", ".join(f"`{f}`" for f in files))
            for code, (texts, files) in sorted(found.items()) if code.startswith(f"{prefix}-")
        ]  # fmt: skip
        if rows:
            parts += [f"## {prefix}: {title}; exit status {status}\n", table(("code", "中文", "English", "raised in"), rows)]
    return "\n".join(parts)


# ---- glossary --------------------------------------------------------------------------------------


def glossary_page() -> str:
    parts = [
        "# Glossary 术语\n",
        "One Chinese word and one English word for one idea; documents, configuration, messages and figures use these. The last column says where the idea lives in the code.\n",
    ]
    for title, rows in IDEAS.items():
        parts += [f"## {title}\n", table(("中文", "English", "meaning", "in the code"), rows)]
    return "\n".join(parts)


PAGES = {
    "measures.md": measures_page, "parameters.md": parameters_page, "roster.md": roster_page, "run-folder.md": run_folder_page,
    "errors.md": errors_page, "glossary.md": glossary_page,
}  # fmt: skip
