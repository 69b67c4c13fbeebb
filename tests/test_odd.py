"""The ODD names what there is: functions, state, parameters, phases; columns change where it says; modes hold no learning."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import edusim.equations
import edusim.rules
from edusim import draws, model, parameters
from edusim.policies import policy, policy_names
from edusim.rules.context import RULES
from edusim.scenario import load
from edusim.state import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "edusim"
PAGE = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
MODES = (ROOT / "docs" / "odd-modes.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", PAGE))
ELEMENTS = (
    "1 Purpose and patterns", "2 Entities, state variables and scales", "3 Process overview and scheduling", "4 Design concepts",
    "5 Initialisation", "6 Input data", "7 Submodels",
)  # fmt: skip
CONCEPTS = (
    "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction", "Stochasticity",
    "Collectives", "Observation",
)  # fmt: skip


@pytest.fixture(scope="module")
def odd() -> Iterator[Any]:
    """Return the tool that makes parts of the pages."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield importlib.import_module("odd")
    finally:
        sys.path.remove(str(ROOT / "tools"))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Return all nodes of a file of the source."""
    return tuple(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def element(number: int) -> str:
    """Return the text of an element."""
    return PAGE.split(f"\n## {number} ", 1)[1].split(f"\n## {number + 1} ", 1)[0]


@cache
def found(name: str) -> object:
    """Return what a dotted name stands for, or fail."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            thing = getattr(thing, part)
        return thing
    raise ModuleNotFoundError(name)


def named(page: str) -> set[str]:
    """Return the names of the program that a page holds as code: ``edusim.rules.admission.admit``."""
    return set(re.findall(r"`(edusim(?:\.\w+)+)`", page))


def public(package: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield module and name of the public functions of a package."""
    for file in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{file.name}")
        for name, thing in vars(module).items():
            if callable(thing) and not inspect.isclass(thing) and not name.startswith("_") and thing.__module__ == module.__name__:
                yield module.__name__, name


# ---- the protocol ------------------------------------------------------------------------------------


def test_the_elements_of_2020_stand_in_their_order() -> None:
    assert tuple(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) == ELEMENTS
    concepts = re.findall(r"^### 4\.(\d+) (.+)$", PAGE, re.MULTILINE)
    assert [(int(number), name) for number, name in concepts] == list(enumerate(CONCEPTS, 1))


def test_every_element_says_why() -> None:
    for number in range(1, 8):
        assert "*Why so:*" in element(number), f"element {number} gives no rationale"
    for part in re.split(r"^### 7\.", element(7), flags=re.MULTILINE)[1:]:
        assert "*Why so:*" in part and "edusim.rules." in part, part.splitlines()[0]


def test_every_rule_has_a_section_of_its_own() -> None:
    assert sorted(re.findall(r"^### 7\.\d+ Rule `(\w+)`$", PAGE, re.MULTILINE)) == sorted(RULES)


# ---- functions -----------------------------------------------------------------------------------------


def test_every_function_that_is_named_can_be_imported() -> None:
    names = named(PAGE) | named(MODES) | named((ROOT / "docs" / "trace.md").read_text(encoding="utf-8"))
    assert len(names) > 200
    for name in names:
        assert found(name) is not None, name


def test_every_public_function_of_the_rules_is_named() -> None:
    missing = [f"{module}.{name}" for module, name in public(edusim.rules) if f"{module}.{name}" not in named(PAGE)]
    assert not missing, f"docs/odd.md does not name {', '.join(missing)}: tell what each does in element 7"


def test_every_loop_that_the_rules_call_is_named() -> None:
    loops = {f"{module}.{name}" for module, name in public(edusim.equations)}
    called = set()
    for file in (*(SOURCE / "rules").glob("*.py"), SOURCE / "base_year.py"):
        homes = {}
        for node in nodes(file):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("edusim.equations"):
                homes |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        called |= {homes[n.id] for n in nodes(file) if isinstance(n, ast.Name) and n.id in homes}
        called |= {
            f"{homes[n.value.id]}.{n.attr}" for n in nodes(file) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in homes
        }  # fmt: skip
    missing = sorted((called & loops) - named(PAGE))
    assert len(called & loops) > 25 and not missing, f"docs/odd.md does not name {', '.join(missing)}"


def test_every_test_and_folder_that_is_named_exists() -> None:
    pages = [(ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("odd", "odd-modes", "trace", "ethics-and-limits")]
    paths = {m for page in pages for m in re.findall(r"`((?:tests|tools|configs|experiments)/[\w./]*?)(?:::\w+)?`", page)}
    assert len(paths) > 15 and not sorted(p for p in paths if not (ROOT / p).exists())
    for file, name in re.findall(r"`(tests/[\w./]+)::(\w+)`", "\n".join(pages)):
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), name


# ---- phases, state, parameters ---------------------------------------------------------------------------


def test_the_phases_are_those_of_the_model() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| .* \| `edusim\.([\w.]+)` \|", element(3), re.MULTILINE)
    assert [(int(n), name, function) for n, name, function in rows] == [(i, p.name, p.function) for i, p in enumerate(model.YEAR, 1)]
    assert f"{len(model.YEAR)} phases" in PAGE and f"The same {len(model.YEAR)} phases" in MODES


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_table_holds_every_variable_and_no_other(kind: str) -> None:
    part = PAGE.split(f"<!-- part:state-{kind} -->")[1].split("<!-- end -->")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(COLUMNS[kind])
    for name in {c.split(".")[1] for c in CODE if re.fullmatch(rf"{kind}\.\w+", c) and c not in draws.PROCESSES}:
        assert name in COLUMNS[kind] or f"{kind}.{name}" in parameters.shipped(), f"{kind}.{name} is named in the text"


def test_every_parameter_that_is_named_exists_and_none_is_missing() -> None:
    known = parameters.shipped()
    families = {path.split(".")[0] for path in known} - set(COLUMNS)
    processes = {name for name in CODE if name in draws.PROCESSES}
    asked = {c for c in CODE if re.fullmatch(r"[a-z]+\.\w+(\.\w+)*", c) and c.split(".")[0] in families} - processes
    assert len(asked) > 250
    assert not sorted(asked - set(known)), "no such parameter"
    missing = sorted(path for path, d in known.items() if d.scope != "region" and path not in asked and path.split(".")[0] not in COLUMNS)
    missing += sorted(p for p, d in known.items() if d.scope != "region" and p.split(".")[0] in COLUMNS and f"`{p}`" not in PAGE)
    assert not missing, f"docs/odd.md does not name {', '.join(missing)}"


@pytest.mark.slow
def test_every_parameter_has_a_reader(odd: Any) -> None:
    silent = [path for path, d in parameters.shipped().items() if d.scope != "region" and not odd.readers(path)]
    assert not silent, f"nobody reads {', '.join(silent)}"
    # The search itself can tell one from another.
    assert odd.readers("families.reputation_speed") == ("rules.admission.form_reputation",)
    assert odd.phases_of("families.reputation_speed") == ("form_reputation",) and "send" in odd.phases_of("rotation.share")


def test_what_is_remembered_beside_the_tables_is_listed(odd: Any) -> None:
    kept: set[str] = set()
    for file in (*(SOURCE / "rules").glob("*.py"), SOURCE / "base_year.py", SOURCE / "model.py"):
        for node in nodes(file):
            if isinstance(node, ast.Attribute):
                base = node.value
                name = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
                if name == "memory":
                    kept.add(node.attr)
    assert sorted(kept ^ set(odd.MEMORY)) == [], "memory and its table in tools/odd.py differ"
    assert set(re.findall(r"`memory\.(\w+)`", PAGE)) == kept


# ---- columns change where it is said -----------------------------------------------------------------------


#: Counties and policies under which, together, every column that may change does.
WATCHED = (
    ("county", "fusion", {"region.n_pupils": 8000}, 4),
    ("county", "community_plan", {"region.n_pupils": 8000}, 6),
    ("county", "nanyang", {"region.n_pupils": 8000}, 4),
    ("gangkou", "gangkou", {"region.n_pupils": 8000}, 6),
    ("ninghe", "ninghe", {"region.n_pupils": 20000}, 8),
    ("county", "status_quo", {"region.n_pupils": 3000, "rules.admission": "off", "rules.teaching": "off"}, 2),
)  # fmt: skip

#: Changes that the source makes and that need rarer counties than these; each is said, and none is seen here.
RARE = sorted(
    (kind, column, phase)
    for kind, column, phases in (
        ("neighbourhoods", "catchment_junior", "merge_campuses open_campuses"), ("schools", "seats_junior", "merge_campuses open_campuses"),
        ("schools", "climate", "open_campuses pair"), ("schools", "is_outside_mode", "merge_campuses pair"),
        ("schools", "management", "plan_leaders"),  # a contract must end
        ("teachers", "away_years", "merge_campuses send"), ("teachers", "is_forced", "merge_campuses"), ("teachers", "origin", "merge_campuses"),
        ("teachers", "term_left", "bring_back merge_campuses"),  # staying on for a rank
        ("teachers", "is_quota_free", "appraise compete_again"), ("teachers", "pay_yuan_year", "compete_again"),
        ("teachers", "rank_years", "compete_again"), ("teachers", "title", "compete_again"),
        ("pupils", "status", "pass_on"),  # who leaves frees the row
    )
    for phase in phases.split()
)  # fmt: skip


@pytest.mark.slow
def test_columns_change_in_the_phases_that_are_said(odd: Any) -> None:
    seen: set[tuple[str, str, str]] = set()
    for name, key, changes, years in WATCHED:
        county = model.County(load(name).with_(changes), policy=key, records="none")

        def state(county: model.County = county) -> dict[tuple[str, str], Any]:
            return {(kind, c): table[c].copy() for kind, table in county.state.tables().items() for c in table}

        before, phase = state(), ""

        def watch(now: str, year: Any) -> None:
            nonlocal before, phase
            if phase:
                after = state()
                for (kind, column), old in before.items():
                    new = after[kind, column]
                    was, is_ = before[kind, "id"], after[kind, "id"]
                    # A row that someone else has taken, or that the table gained, is no change of anybody's state.
                    n = min(old.size, new.size)
                    same = was[:n] == is_[:n]
                    if kind == "pupils":
                        same &= (before["pupils", "status"][:n] > 0) & (after["pupils", "status"][:n] > 0)
                    if kind == "teachers" and column != "serving":
                        same &= before["teachers", "serving"][:n] & after["teachers", "serving"][:n]
                    a, b = old[:n][same], new[:n][same]
                    if not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
                        seen.add((kind, column, phase))
                before = after
            phase = now

        county.watch = watch
        for _ in range(years):
            county.step()
            before, phase = state(), ""
    said = {(kind, c, p) for kind, columns in odd.CHANGED.items() for c, phases in columns.items() for p in phases.split()}
    assert sorted(seen - said) == [], "tools/odd.py does not say so"
    assert sorted(said - seen) == RARE


def test_a_phase_that_is_named_as_changing_exists(odd: Any) -> None:
    phases = {p.name for p in model.YEAR}
    for kind, columns in odd.CHANGED.items():
        assert set(columns) <= set(COLUMNS[kind]), kind
        assert {p for said in columns.values() for p in said.split()} <= phases, kind


# ---- modes ----------------------------------------------------------------------------------------------------


def test_every_shipped_mode_and_plan_has_its_part(odd: Any) -> None:
    shipped = set(policy_names()) - {"status_quo", "none"}
    assert {*odd.MODES, *odd.PLANS} == shipped
    modes = {mode for key in shipped for mode in policy(key).modes}
    assert modes <= set(odd.MODES)


#: What the learning functions read mode by mode: hours, lessons, staffing. Nothing else may differ between modes there.
HOURS_AND_STAFF = {
    "teaching.online_timetable", "teaching.online_lessons_week", "staffing.itinerant", "development.joint_hours_year",
    "development.online_share", "development.mentor_pairs", "development.subject_teams", "development.team_size",
    "development.team_term_years",
}  # fmt: skip
LEARNING = ("rules/teaching.py", "rules/development.py", "equations/classes.py", "equations/pupils.py", "equations/formulas.py")


def test_no_mode_has_a_learning_coefficient_of_its_own() -> None:
    known = parameters.shipped()
    behaviour = {path for path, d in known.items() if d.scope == "behaviour"}
    assert {"development.peer_learning", "leadership.diffusion", "achievement.persistence_caused", "teacher.quality_sd"} <= behaviour
    scenario = load("county")
    for key in policy_names():
        found = policy(key)
        for clauses in (found.clauses, *found.mode_clauses):
            assert not behaviour & set(clauses), f"{key} sets behaviour"
        law = scenario.parameters(key).at(scenario.base_year + 5)
        assert not behaviour & set(law.by_mode), f"{key}: behaviour differs between modes"
        assert {p: law[p] for p in behaviour} == {p: known[p].default for p in behaviour}, key
    # The functions in which learning happens read by mode only what is listed.
    by_mode: set[str] = set()
    for name in LEARNING:
        for node in nodes(SOURCE / name):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("of_school", "of_member", "of_unit"):
                by_mode.add(ast.literal_eval(node.args[0]))
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "by_mode":
                by_mode.add(ast.literal_eval(node.slice))
    assert by_mode == HOURS_AND_STAFF
    # And no rule, loop or phase knows a mode by name.
    modes = {mode for key in policy_names() for mode in policy(key).modes}
    for file in (*(SOURCE / "rules").glob("*.py"), *(SOURCE / "equations").glob("*.py"), SOURCE / "model.py", SOURCE / "base_year.py"):
        words = {n.value for n in nodes(file) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        # "entrust..." is a word of the texts too; model.py names one policy to compile its loops with.
        allowed = {"entrusted", "fusion"} if file.name == "model.py" else {"entrusted"}
        assert not words & modes - allowed, file.name


# ---- the page of limits -----------------------------------------------------------------------------------------


def test_sizes_are_those_of_the_closed_forms(odd: Any) -> None:
    power = importlib.import_module("power")
    # 4 (2.8016 / .05)^2 (.2 + .8 / 100) by hand: 2612.06, an even number of schools or more.
    assert power.randomised(0.05, 0.2, 100) == 2 * int(np.ceil(4 * (2.801585 / 0.05) ** 2 * 0.208 / 2))
    assert power.randomised(0.1, 0.2, 100) < power.randomised(0.05, 0.2, 100) / 3.9
    assert power.randomised(0.05, 0.2, 100, 1.0, 1.0) == 0
    # Hussey & Hughes (2007) where a school's part is the same in all years: their variance, for one school a wave.
    years, icc, pupils = 5, 0.2, 100
    design = np.array([[t >= wave for t in range(years)] for wave in range(1, years)], float)
    i, t = design.shape
    s, c = (1 - icc) / pupils, icc
    u, w, v = design.sum(), (design.sum(axis=0) ** 2).sum(), (design.sum(axis=1) ** 2).sum()
    variance = i * s * (s + t * c) / ((i * u - w) * s + (u**2 + i * t * u - t * w - i * v) * c)
    wanted = (years - 1) * int(np.ceil((2.801585 / 0.05) ** 2 * variance))
    assert power.staggered(0.05, icc, pupils, years, 1.0) == wanted


def test_the_page_of_limits_counts_what_is_assumed(odd: Any) -> None:
    page = (ROOT / "docs" / "ethics-and-limits.md").read_text(encoding="utf-8")
    status = parameters.catalogue()["status"].value_counts()
    assert f"| **合计 all** | {status['clause']} | {status['evidence']} | {status['assumption']} | {int(status.sum())} |" in page
    kept = json.loads((ROOT / "experiments" / "one_assumption" / "expected.json").read_text(encoding="utf-8"))
    for cell in (kept["effects"]["feasible"][f"kunshan {value:g}"]["gap"] for value in (kept["default"], 0)):
        assert f"{cell['mean']:+.3f} [{cell['low']:+.3f}, {cell['high']:+.3f}]" in page


@pytest.mark.slow
def test_the_one_assumption_in_small_is_as_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "--small"])
    spec = importlib.util.spec_from_file_location("one_assumption", ROOT / "experiments" / "one_assumption" / "run.py")
    assert spec and spec.loader
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    assert run.main() == 0
