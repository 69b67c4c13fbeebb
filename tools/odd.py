"""The parts of `docs/odd.md` and `docs/odd-modes.md` that are made from the code: state, schedule, parameters, modes.

What the code cannot say of itself, which phases may change a column, is declared here; `tests/test_odd.py` runs
counties under watch and holds the declaration to what they do.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from glance import table

from edusim import draws, model, parameters
from edusim.rules.context import LINES, RULES
from edusim.state import COLUMNS, POINTERS, Column

SOURCE = Path(__file__).resolve().parents[1] / "src" / "edusim"
#: Files whose functions read parameters or draw; rooms above the model only show what it did.
READERS = ("rules", "measures", "region", "base_year.py", "model.py", "build.py")

#: Column -> phases of the year that may change it. Columns that are not named keep their base year's value for as long
#: as the row stands for the same school, group, place, teacher or pupil. ``others`` change in one phase only.
CHANGED: dict[str, dict[str, str]] = {
    "schools": {
        "seats_primary": "merge_campuses open_campuses", "seats_junior": "merge_campuses open_campuses",
        "buildings_m2": "open_campuses invest", "sports_m2": "open_campuses invest",
        "equipment_yuan": "merge_campuses open_campuses invest", "rooms": "merge_campuses open_campuses invest",
        "operating_yuan_pupil": "merge_campuses open_campuses", "management": "open_campuses plan_leaders lead",
        "climate": "merge_campuses open_campuses pair form_groups lead", "reputation": "open_campuses form_reputation",
        "member_of": "merge_campuses pair", "leads": "pair",
        "is_outside_mode": "merge_campuses pair form_groups", "good_senior_chance": "open_campuses graduate",
        "z_score": "results", "turnover": "staff", "satisfaction": "satisfaction",
        "years_on_par": "merge_campuses pair form_groups results", "closed_year": "merge_campuses",
        "merged_into": "merge_campuses",
    },
    "groups": {"core": "pair", "mode": "pair form_groups", "year_formed": "pair form_groups"},
    "neighbourhoods": {
        "catchment_primary": "merge_campuses open_campuses", "catchment_junior": "merge_campuses open_campuses",
    },
    "teachers": {
        "serving": "staff", "employer": "merge_campuses open_campuses bring_back staff send",
        "post": "merge_campuses open_campuses bring_back staff send",
        "placement": "merge_campuses open_campuses bring_back staff send grow_older",
        "origin": "merge_campuses bring_back send", "title": "compete_again appraise", "is_backbone": "appraise",
        "is_quota_free": "compete_again appraise", "is_forced": "merge_campuses bring_back send",
        "age": "grow_older", "experience": "grow_older", "learned": "learn_together", "quality": "grow_older",
        "effort": "appraise", "appraisal": "appraise", "excellent_years": "appraise",
        "pay_yuan_year": "compete_again appraise", "years_at_post": "merge_campuses open_campuses bring_back staff send grow_older",
        "term_left": "merge_campuses bring_back send grow_older", "rank_years": "compete_again appraise grow_older",
        "weak_years": "grow_older", "away_years": "merge_campuses bring_back send grow_older",
        "lock_left": "grow_older", "onboarding_left": "grow_older",
    },
    "pupils": {
        "status": "pass_on admit", "school": "merge_campuses open_campuses admit count_enrolment", "klass": "form_classes",
        "home": "admit", "own": "learn", "caused": "learn", "achievement": "learn", "tenure": "admit count_enrolment",
    },
    "others": dict.fromkeys(
        ("year_1", "year_2", "year_3", "enrolled", "staff", "vacancies", "lent", "delegated", "core", "joined", "is_entrusted"),
        "other_stages",
    ),
}  # fmt: skip
#: Phases that bring in individuals, who then have all their columns set: hires and substitutes, new pupils.
BRINGS_IN = {"teachers": "staff", "pupils": "pass_on"}

CONSTANT, STOCK, YEAR = "constant", "stock", "year"
#: What is remembered beside the tables (``year.memory``): constant of the base year, stock that goes on from year to
#: year, or a result of this year that later phases (or the first phases of the next year) read.
MEMORY: dict[str, tuple[str, str]] = {
    "base_year": (CONSTANT, "year before the policy"), "seed": (CONSTANT, "seed of this draw"),
    "demography": (CONSTANT, "entrants by year and neighbourhood, share that moves by zone, pull of neighbourhoods (input)"),
    "stages": (CONSTANT, "`configs/stages.yaml`"), "new_campuses": (CONSTANT, "campuses planned: goods, crowded share, founding share"),
    "ses_within_sd": (CONSTANT, "SD of SES within a neighbourhood"), "own_ses": (CONSTANT, "b of own = b z + s u"),
    "own_sd": (CONSTANT, "s of own = b z + s u"), "ses_gain": (CONSTANT, "γ = b (1 − λ)"), "noise_sd": (CONSTANT, "σ = s √(1 − λ²)"),
    "quality_offset": (CONSTANT, "makes the pupils' mean of Q 0 in the base year"), "quality_mean": (CONSTANT, "mean of teacher quality"),
    "quality_sd": (CONSTANT, "SD of teacher quality"), "innate_mean": (CONSTANT, "mean of innate quality, for hires"),
    "innate_sd": (CONSTANT, "SD of innate quality, for hires"), "starting_pay": (CONSTANT, "mean pay of junior rank"),
    "expected_vacancies": (CONSTANT, "staff × (resign + 1 / (retirement age − 23)); sets the number of applicants"),
    "subject_cumulative": (CONSTANT, "cumulative shares of subjects among posts, for applicants"),
    "total_posts": (CONSTANT, "posts of the county: its teachers in the base year, substitutes included"),
    "base_posts": (STOCK, "posts of the base year, moved by mergers and openings; used without county pooling"),
    "post_scale": (STOCK, "what a school has above or below the formula of posts (1: just that)"),
    "post_scale_mean": (CONSTANT, "county's posts over the formula's"), "junior_share": (STOCK, "share of junior pupils in the base year"),
    "senior_inherited": (STOCK, "senior ranks held above the shares in the base year"),
    "middle_inherited": (STOCK, "the same for middle ranks"), "middle_lent": (STOCK, "middle posts got from (+) or given to (−) other schools"),
    "n_middle_pooled": (STOCK, "how many middle ranks were found elsewhere (count)"),
    "turnover_usual": (CONSTANT, "resign + 1 / (retirement age − 23)"),
    "usual_commute_hours": (CONSTANT, "mean of daily travel of teachers"), "usual_travel_km": (CONSTANT, "mean way to school"),
    "old_allowance": (CONSTANT, "place allowance under the law of the base year"),
    "size_reference": (CONSTANT, "mean class size"), "operating_reference": (CONSTANT, "r₀ by stage: geometric mean over pupils"),
    "equipment_limit": (CONSTANT, "official equipment a pupil, 2,000 / 2,500 yuan"), "base_management": (CONSTANT, "M of the base year"),
    "base_backbone": (CONSTANT, "backbone teachers"), "base_pupils": (CONSTANT, "pupils"), "low_line": (CONSTANT, "20th percentile of A by grade"),
    "low_ses_line": (CONSTANT, "20th percentile of SES"), "mean_base": (CONSTANT, "mean A of each school"),
    "reputation_mean": (CONSTANT, "R₀: pupils' mean of R"), "z_base": (CONSTANT, "Z of each school"),
    "private": (CONSTANT, "private schools, how they share families by neighbourhood, log odds at SES 0"),
    "private_appeal": (CONSTANT, "appeal of each school when these odds held"),
    "pairing_base": (CONSTANT, "pairings of the base year"), "child_key": (CONSTANT, "key of teachers' children"),
    "passes_on": (CONSTANT, "nine-year schools"), "none_passes_on": (CONSTANT, "empty"), "near_home_of_school": (CONSTANT, "neighbourhood nearest to a school"),
    "destination_cumulative": (CONSTANT, "cumulative pull of neighbourhoods"),
    "near_primary": (STOCK, "schools within reach of a neighbourhood, catchment school first"), "near_junior": (STOCK, "the same for juniors"),
    "ses_top": (STOCK, "largest |SES| so far (a bound for quick loops)"), "mean_ses": (STOCK, "mean SES of a school's pupils"),
    "core_distance_km": (STOCK, "road from member to core"), "core_travel_hours": (STOCK, "hours one way from member to core"),
    "group_gap": (STOCK, "base-year gap of core and members, reckoned anew when pairings change"),
    "group_parent": (STOCK, "group that a group came out of; itself; −1 row not in use"), "group_ended": (STOCK, "ended for good"),
    "group_extended": (STOCK, "term extended once"), "years_failing": (STOCK, "years in a row a member failed"),
    "years_leading": (STOCK, "years in a row a member was at or above its core"), "has_left": (STOCK, "left its group"),
    "beyond_cap": (STOCK, "left out by the cap"), "z_seen": (STOCK, "Z as it was a year ago"), "paired_anew": (STOCK, "whether pairings were made anew"),
    "n_new_cores": (STOCK, "members that became cores (count)"), "core_fall": (YEAR, "fall of a core's Z since the base year"),
    "trustee_of_school": (STOCK, "private school that runs a school, −1 none"), "is_entrusted": (STOCK, "under a trustee, paid for"),
    "trustee_gain": (STOCK, "what management gained under the trustee"), "head_year": (STOCK, "year the present head began"),
    "head_level": (STOCK, "members' mean Z then"), "head_extended": (STOCK, "head stays longer"), "n_head_changes": (STOCK, "changes of heads (count)"),
    "subject_teams": (STOCK, "since when, and who is in each subject team"), "lawful_sent": (STOCK, "moves a year that the law alone asks for"),
    "bonus_paid_share": (STOCK, "share of last year's rotation bonus that was paid; believed this year"),
    "allowance_paid_share": (YEAR, "share of the allowances' rise that is paid"), "project_yuan": (STOCK, "project money of the year; runs schools the next"),
    "core_peer": (STOCK, "90th percentile of quality that members learn from; online lessons use last year's"),
    "seen_reputation": (STOCK, "reputation as families see it"), "group_score": (YEAR, "appraisal of groups (kept for a reader)"),
    "group_excellent": (YEAR, "groups appraised excellent"), "z_pupils": (STOCK, "last year's pupils of the judged stage"),
    "enrolment": (STOCK, "pupils by grade and school; mergers, openings and the year's planning read last year's"),
    "n_classes": (YEAR, "classes by grade and school"), "first_class": (YEAR, "first class of each school"), "class_n": (YEAR, "pupils of a class"),
    "class_sum": (YEAR, "sum of classmates' achievement at the end of last year"), "class_q": (YEAR, "Q of a class"),
    "class_luck": (YEAR, "luck of the year of a class's grade"), "n_graduates": (STOCK, "graduates of each school, last year"),
    "teacher_part": (YEAR, "what teachers give, mean of a school (kept for a reader)"), "school_part": (YEAR, "school part of Q (kept for a reader)"),
    "teacher_of": (YEAR, "teacher of each class and subject"), "cell_kind": (YEAR, "own, visiting, out of field, nobody"),
    "posts": (YEAR, "staffing posts"), "target": (YEAR, "posts by subject"), "load_primary": (YEAR, "classes a teacher of each subject"),
    "load_junior": (YEAR, "the same for juniors"), "senior_posts": (YEAR, "senior rank posts"), "middle_posts": (YEAR, "middle rank posts"),
    "allowance": (YEAR, "place allowance paid"), "allowance_old": (YEAR, "place allowance before"),
    "returned_rows": (YEAR, "who returned and must compete again"),
    "new_substitutes": (YEAR, "substitutes taken on, by school"), "staff": (YEAR, "who serves where, at the exchange"),
    "visited_share": (YEAR, "share of member teachers visited"), "visited_hours": (YEAR, "hours of that"), "shadow_share": (YEAR, "share who shadow"),
    "shadow_hours": (YEAR, "hours of that"), "hours_away": (YEAR, "hours missing in the core's own research"), "cover_loss": (YEAR, "loss of Q by cover"),
    "team_hours": (YEAR, "hours that leaders teach at a member"), "leader_capacity": (YEAR, "leaders' hours a week for members"),
    "teaching_share": (YEAR, "share of leaders' hours that is taught"), "hours_taught": (YEAR, "hours a week taught"),
    "operating": (YEAR, "operating funds a pupil"),
    "measures": (STOCK, "what measures keep between years"), "units": (YEAR, "cores with the members that share a mode"),
    "within_km": (YEAR, "campuses within reach of one another"), "preferences": (YEAR, "lists of a grade's applicants"), "priority": (YEAR, "their priorities"),
    "applicant_rows": (YEAR, "their rows"),
}  # fmt: skip


# ---- what the source says ----------------------------------------------------------------------------


def files() -> list[Path]:
    """Return the files that may read parameters, in order."""
    found = []
    for name in READERS:
        path = SOURCE / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


def _strings(text: str) -> set[str]:
    """Return the words and paths in quotes of a piece of source, f-strings as regular expressions that start with ``^``."""
    found = set(re.findall(r"""(?<!f)["']([\w.-]+)["']""", text))
    for template in re.findall(r"""f["']([a-z]+\.[^"']*)["']""", text):
        parts = re.split(r"\{[^}]*\}", template)
        found.add("^" + r"(\w+)".join(map(re.escape, parts)) + "$")
    return found


@cache
def tree(file: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def spoken() -> dict[str, set[str]]:
    """Return function (``rules.admission.admit``) -> strings that stand in it; what stands outside: the module."""
    found: dict[str, set[str]] = {}
    for file in files():
        module = ".".join(file.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        lines = file.read_text(encoding="utf-8").splitlines()
        for node in tree(file).body:
            for part in node.body if isinstance(node, ast.ClassDef) else [node]:
                above = node.name if isinstance(node, ast.ClassDef) else ""
                name = ".".join(filter(None, (module, above, getattr(part, "name", ""))))
                if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
                    continue  # a docstring gives examples; it reads no parameter
                text = "\n".join(lines[part.lineno - 1 : part.end_lineno])
                found.setdefault(name, set()).update(_strings(text))
    return found


@cache
def index() -> tuple[dict[str, list[str]], list[tuple[str, re.Pattern[str]]]]:
    """Return word -> functions in which it stands, and the f-strings with their functions."""
    words: dict[str, list[str]] = {}
    patterns = []
    for function, found in spoken().items():
        if function.startswith("rules.decisions"):
            continue
        for word in sorted(found):
            if word.startswith("^"):
                patterns.append((function, re.compile(word)))
            else:
                words.setdefault(word, []).append(function)
    return words, patterns


@cache
def readers(name: str) -> tuple[str, ...]:
    """Return the functions in which a parameter's path or a process's name stands, also as an f-string.

    What an f-string fills in must stand in the same function as a word; where it does so in none (the words come
    from a constant of the module), every f-string that fits counts.
    """
    words, patterns = index()
    exact, loose = set(words.get(name, ())), []
    for function, pattern in patterns:
        match = pattern.match(name)
        if match and set(match.groups()) <= spoken()[function]:
            exact.add(function)
        elif match:
            loose.append(function)
    order = {function: i for i, function in enumerate(spoken())}
    return tuple(sorted(exact or loose, key=order.__getitem__))


@cache
def calls() -> dict[str, set[str]]:
    """Return function of a rule -> functions of the same file, and methods of the year, that it calls."""
    found: dict[str, set[str]] = {}
    for file in sorted((SOURCE / "rules").glob("*.py")):
        body = tree(file).body
        own = {n.name for n in body if isinstance(n, ast.FunctionDef)}
        for node in body:
            if isinstance(node, ast.FunctionDef):
                made = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
                used = {f"rules.{file.stem}.{f.id}" for f in made if isinstance(f, ast.Name) and f.id in own}
                used |= {f"rules.context.Year.{f.attr}" for f in made if isinstance(f, ast.Attribute)}
                found[f"rules.{file.stem}.{node.name}"] = used
    return found


@cache
def reached() -> dict[str, set[str]]:
    """Return phase -> functions that it runs, its own and those that these call."""
    found = {}
    for phase in model.YEAR:
        seen: set[str] = set()
        todo = [phase.function]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += calls().get(name, ())
        found[phase.name] = seen
    return found


def phases_of(path: str) -> tuple[str, ...]:
    """Return the phases of the year that read a parameter, in order."""
    wanted = set(readers(path))
    return tuple(name for name, functions in reached().items() if functions & wanted)


def code(names: tuple[str, ...]) -> str:
    """Return names as code, each with the package's name."""
    return ", ".join(f"`edusim.{n}`" for n in names) or "–"


# ---- parts of odd.md -----------------------------------------------------------------------------------


def unit_of(kind: str, name: str, column: Column) -> str:
    if column.codes:
        return ", ".join(f"{i} {word}" for i, word in enumerate(column.codes))
    if (kind, name) in POINTERS:
        return f"row of {POINTERS[kind, name]}"
    return {"": "yes/no"}.get(column.unit, column.unit)


def state(kind: str) -> str:
    rows = []
    for name, c in COLUMNS[kind].items():
        low, high = ("" if x is None else f"{x:g}" for x in (c.low, c.high))
        phases = CHANGED[kind].get(name, "").split()
        when = f"dynamic: {', '.join(f'`{p}`' for p in phases)}" if phases else "static"
        if c.codes or c.dtype == "bool":
            span = c.dtype
        else:
            between = "any" if c.low is None and c.high is None else f"from {low}" if c.high is None else f"{low} … {high}"
            span = f"{c.dtype}, {between}" + (", NaN" if c.may_be_nan else "")
        rows.append((f"`{name}`", c.meaning, unit_of(kind, name, c), span, when))
    return table(("variable", "meaning", "unit or codes", "type, range", "static, or changed by"), rows)


def memory() -> str:
    parts = []
    for what, title in (
        (CONSTANT, "Constants of the base year"),
        (STOCK, "Stocks that go on from year to year"),
        (YEAR, "Results of a year that its later phases read"),
    ):
        names = [(n, text) for n, (kind, text) in MEMORY.items() if kind == what]
        parts += [f"*{title}* ({len(names)}): " + "; ".join(f"`memory.{n}` {text}" for n, text in names) + ".\n"]
    return "\n".join(parts)


def schedule() -> str:
    rows = []
    for order, phase in enumerate(model.YEAR, 1):
        changes = [
            f"`{kind}.{name}`" for kind, columns in CHANGED.items() for name, phases in columns.items() if phase.name in phases.split()
        ]
        changes += [f"new {kind}" for kind, where in BRINGS_IN.items() if where == phase.name]
        switch = f"`{phase.rule}`" if phase.rule in RULES else (f"only without `{phase.rule[1:]}`" if phase.rule else "always")
        rows.append((order, f"`{phase.name}`", phase.en, switch, f"`edusim.{phase.function}`", ", ".join(changes) or "–"))
    return table(("#", "phase", "what", "rule (switch)", "function", "may change"), rows)


def processes() -> str:
    rows = []
    for name, number in draws.PROCESSES.items():
        where = readers(name)
        if name in ("run", "test"):
            continue
        rows.append((f"`{name}`", number, code(where)))
    return table(("process", "stream", "drawn in"), rows)


def counts() -> str:
    known = parameters.catalogue()
    rows: list[tuple[object, ...]] = []
    scopes = {
        "county": "policy, one value for the county", "group": "policy, a value for each mode",
        "behaviour": "behaviour of people", "region": "generator of the synthetic county",
    }  # fmt: skip
    for scope, text in scopes.items():
        part = known[known["scope"] == scope]["status"].value_counts()
        rows.append((text, *(int(part.get(s, 0)) for s in ("clause", "evidence", "assumption")), int(part.sum())))
    whole = known["status"].value_counts()
    rows.append(("**all**", *(int(whole.get(s, 0)) for s in ("clause", "evidence", "assumption")), len(known)))
    return (
        f"{len(RULES)} rules, {len(model.YEAR)} phases, {sum(map(len, COLUMNS.values()))} state variables in {len(COLUMNS)} tables, "
        f"{len(draws.PROCESSES) - 2} random processes, {len(LINES)} lines of accounts.\n\n"
        + table(("parameters", "clause", "evidence", "assumption", "all"), rows)
    )


def parameter_rows(rule: str) -> str:
    known = parameters.shipped()
    rows = [
        (f"`{p}`", d.description_en, d.show(d.default), d.range_text, d.unit, d.status, code(readers(p)))
        for p, d in known.items()
        if d.rule == rule and d.scope != "region"
    ]
    return table(("parameter", "what", "law in force or default", "range", "unit", "status", "read in"), rows)


def odd_parts() -> dict[str, Callable[[], str]]:
    found: dict[str, Callable[[], str]] = {
        "counts": counts, "schedule": schedule, "memory": memory, "processes": processes,
    }  # fmt: skip
    for kind in COLUMNS:
        found[f"state-{kind}"] = lambda kind=kind: state(kind)  # type: ignore[misc]
    for rule in (*RULES, "all", "region"):
        found[f"parameters-{rule}"] = lambda rule=rule: parameter_rows(rule)  # type: ignore[misc]
    return found


# ---- parts of odd-modes.md -------------------------------------------------------------------------------

#: Modes shipped, and the plans that are documents: key -> heading.
MODES = ("collaboration", "co_build", "fusion", "alliance", "tight", "entrusted", "multi_legal", "single_legal", "gangkou", "kunshan")
PLANS = ("community_plan", "nanyang", "ninghe")
#: Element of ODD -> title, and the parameters (by what their path starts with) whose clauses say something of it.
ENTITIES_START = ("groups.", "target.", "official.")


def when(steps: object, show: Callable[[float], str], first_year: int) -> str:
    """Return dated values as years of the policy: ``0.1 (year 1), 0.2 (year 3)``."""
    years, values = steps.years, steps.values  # type: ignore[attr-defined]
    if len(values) == 1:
        return show(values[0])
    return ", ".join(f"{show(v)} (from year {max(y - first_year, 0) + 1})" for y, v in zip(years, values, strict=True))


def clause_rows(clauses: object, first_year: int, wanted: Callable[[str], bool]) -> list[tuple[object, ...]]:
    known, rows = parameters.shipped(), []
    for path, clause in clauses.items():  # type: ignore[attr-defined]
        if not wanted(path):
            continue
        d = known[path]
        law, here = d.show(d.default), when(clause.steps, d.show, first_year)
        ref = clause.reference
        said = " ".join(filter(None, (ref.document, ref.clause, f"“{ref.quote}”" if ref.quote else "")))
        if clause.status != "clause" and ref.note_en:
            said += f" (ours: {ref.note_en})"
        acts = ", ".join(f"`{p}`" for p in phases_of(path)) or "the year as a whole"
        same = here == law and d.scope != "region"
        rows.append((f"`{path}`", d.description_en, law, f"{here} (as in the law)" if same else f"**{here}**", clause.status, said, acts))
    return rows


HEAD = ("parameter", "what", "law in force", "here", "status", "clause and words", "acts in")


def differing(clauses: object) -> list[str]:
    known = parameters.shipped()
    return [p for p, c in clauses.items() if any(v != known[p].default for v in c.steps.values)]  # type: ignore[attr-defined]


def mode_part(key: str) -> str:
    from edusim.policies import policy

    found = policy(key)
    clauses = {**found.clauses, **found.mode_clauses[0]}
    known = parameters.shipped()
    first = found.first_year
    last = "" if found.last_year is None else f", ends with the school year {found.last_year}"
    different = differing(clauses)
    ours = sum(1 for p in clauses if clauses[p].status == "assumption")
    phases = [p.name for p in model.YEAR if any(p.name in phases_of(path) for path in different)]
    idle = [p for p in ("groups", "rotation", "development", "leadership", "finance", "appraisal", "admission", "workforce", "teaching", "campuses", "stages")
            if not any(known[path].rule == p for path in different)]  # fmt: skip
    parts = [
        f"{found.description_en[:1].upper() + found.description_en[1:]} ({found.name_zh}). Document `{found.document}`; first school year {first}{last}. "
        f"{len(clauses)} clauses, of which {len(different)} differ from the law in force; {ours} carry a value that is ours (status assumption).\n",
        "**2 Entities, state variables and scales.** No entity and no state variable is added. What a group of this mode is:\n",
        table(HEAD, clause_rows(clauses, first, lambda p: p.startswith(ENTITIES_START))),
        f"**3 Process overview and scheduling.** The same {len(model.YEAR)} phases in the same order. A value that differs from the law in force is read in: "
        + ", ".join(f"`{p}`" for p in phases)
        + ". "
        + (f"Rules without a differing clause: {', '.join(f'`{p}`' for p in idle)}.\n" if idle else "Every rule has a differing clause.\n"),
        "**7 Submodels.** The same functions with these values:\n",
    ]
    for rule in RULES:
        rows = clause_rows(clauses, first, lambda p, rule=rule: known[p].rule == rule and not p.startswith(ENTITIES_START))  # type: ignore[misc]
        if rows:
            parts += [f"*Rule `{rule}`*\n", table(HEAD, rows)]
    return "\n".join(parts)


def plan_part(key: str) -> str:
    from edusim.policies import policy

    found = policy(key)
    shares = found.mix_steps or ((found.first_year, found.mix),)
    mix = "; ".join(
        f"from year {max(y - found.first_year, 0) + 1}: " + ", ".join(f"`{m}` {s:g}" for m, s in zip(found.modes, share, strict=True))
        for y, share in shares
    )
    text = (
        f"{found.name_en} ({found.name_zh}), document `{found.document}`. A mix of modes: the groups, in an order drawn once and the same under every policy "
        f"(`edusim.rules.context.meant_modes`), are meant for {mix}. Clauses of the plan as a whole, beside those of its modes:\n\n"
    )
    own = {p: c for p, c in found.clauses.items() if c.origin == key}
    shared = {p: c for p, c in found.mode_clauses[0].items() if c.origin == key}
    rows = clause_rows({**own, **shared}, found.first_year, lambda p: True)
    return text + (table(HEAD, rows) if rows else "None.\n")


def compared() -> str:
    """The three modes side by side: every parameter in which they differ from one another."""
    from edusim.policies import policy

    known = parameters.shipped()
    keys = ("collaboration", "co_build", "fusion")
    found = {k: policy(k) for k in keys}
    clauses = {k: {**p.clauses, **p.mode_clauses[0]} for k, p in found.items()}
    rows = []
    for path in dict.fromkeys(p for c in clauses.values() for p in c):
        d = known[path]
        cells = [when(clauses[k][path].steps, d.show, found[k].first_year) if path in clauses[k] else d.show(d.default) for k in keys]
        if len(set(cells)) > 1:
            rows.append((f"`{path}`", d.description_en, d.show(d.default), *cells))
    return table(("parameter", "what", "law in force", "协作型 collaboration", "共建型 co-build", "融合型 fusion"), rows)


def mode_parts() -> dict[str, Callable[[], str]]:
    found: dict[str, Callable[[], str]] = {"compared": compared}
    for key in MODES:
        found[f"mode-{key}"] = lambda key=key: mode_part(key)  # type: ignore[misc]
    for key in PLANS:
        found[f"plan-{key}"] = lambda key=key: plan_part(key)  # type: ignore[misc]
    return found
