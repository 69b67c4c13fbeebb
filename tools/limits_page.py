"""The parts of `docs/ethics-and-limits.md` that are computed: what is assumed, what hangs on it, what data would settle it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import power
from glance import table

from edusim import parameters
from edusim.policies import policy

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "experiments" / "one_assumption" / "expected.json"
STATUS = {"clause": ("条款", "clause"), "evidence": ("实证", "evidence"), "assumption": ("假定", "assumption")}
#: What the size of a study is reckoned with: ICC of junior scores in a Chinese city; pupils tested a school; what
#: earlier scores explain between and within schools (judgements, as good as they get).
ICC, TESTED, BETWEEN, WITHIN = 0.2, 100, 0.8, 0.5
EFFECTS = (0.05, 0.10)


@cache
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def assumed() -> str:
    """How many numbers there are, by what they rest on."""
    known = parameters.catalogue()
    kinds = (
        ("政策参数 policy", known["scope"].isin(["county", "group"])),
        ("行为参数 behaviour", known["scope"] == "behaviour"),
        ("合成县的生成 synthetic county", known["scope"] == "region"),
        ("**合计 all**", known["scope"] != ""),
    )
    rows: list[tuple[object, ...]] = []
    for name, mask in kinds:
        part = known[mask]["status"].value_counts()
        total = int(part.sum())
        ours = int(part.get("assumption", 0))
        rows.append((name, int(part.get("clause", 0)), int(part.get("evidence", 0)), ours, total, f"{ours / total:.0%}"))
    return table(("", "条款 clause", "实证 evidence", "假定 assumption", "合计 all", "假定占比 share assumed"), rows)


MODES = ("collaboration", "co_build", "fusion")


def ours() -> str:
    """Values by which the three modes differ from one another and which no document states."""
    known = parameters.shipped()
    found = {key: policy(key) for key in MODES}
    clauses = {key: {**p.clauses, **p.mode_clauses[0]} for key, p in found.items()}
    rows: list[tuple[object, ...]] = []
    differ = 0
    for path in dict.fromkeys(p for c in clauses.values() for p in c):
        d = known[path]
        steps = [clauses[key][path].steps.values if path in clauses[key] else (d.default,) for key in MODES]
        if len(set(steps)) == 1:
            continue
        differ += 1
        cells = []
        for key, values in zip(MODES, steps, strict=True):
            text = d.show(values[0]) if len(values) == 1 else f"{d.show(values[0])} → {d.show(values[-1])}"
            is_ours = path in clauses[key] and clauses[key][path].status == "assumption"
            cells.append(f"**{text}**" if is_ours else text)
        if any(c.startswith("**") for c in cells):
            rows.append((f"`{path}`", f"{d.description_zh} {d.description_en}", *cells))
    head = ("参数 parameter", "含义 what", *(f"{found[key].name_zh} {found[key].name_en}" for key in MODES))
    return (
        f"三种模式彼此不同的参数有 {differ} 项，其中 {len(rows)} 项的取值至少有一种模式是我们定的（粗体）。 · "
        f"The three modes differ from one another in {differ} parameters; in {len(rows)} of them a value of at least one mode is ours (bold).\n\n"
        + table(head, rows)
    )


def shown(cell: dict[str, Any]) -> str:
    return f"{cell['mean']:+.3f} [{cell['low']:+.3f}, {cell['high']:+.3f}]"


def rests() -> str:
    """What is left of each policy's effect on the gap when management passes nothing on."""
    found = kept()
    default = found["default"]
    parts = []
    for design, zh, en in (("feasible", "按实际约束", "as feasible"), ("identical", "同样的学校配对", "identical pairs")):
        effects = found["effects"][design]
        names = [key.rsplit(" ", 1)[0] for key in effects if key.endswith(f" {default:g}")]
        rows = []
        for name in names:
            with_, without = effects[f"{name} {default:g}"]["gap"], effects[f"{name} 0"]["gap"]
            p = policy(name)
            left = without["mean"] / with_["mean"]
            rows.append((with_["mean"], (f"{p.name_zh} {p.name_en}", shown(with_), shown(without), f"{left:.0%}")))
        rows.sort()
        parts += [
            f"*{zh} {en}*\n",
            table((
                "政策 policy", f"管理输出取缺省 {default:g} / at the default", "管理输出取 0 / at 0", "剩下 left",
            ), [row for _, row in rows]),
        ]  # fmt: skip
    pair = [found["effects"]["identical"][f"{k} 0"]["gap"] for k in ("fusion", "co_build")]
    apart = pair[0]["high"] < pair[1]["low"] or pair[1]["high"] < pair[0]["low"]
    order = {}
    for value in (f"{default:g}", "0"):
        effects = found["effects"]["feasible"]
        modes = sorted(MODES, key=lambda k: effects[f"{k} {value}"]["gap"]["mean"])
        order[value] = [" > ".join(getattr(policy(k), f"name_{lang}") for k in modes) for lang in ("zh", "en")]
    at, none = order[f"{default:g}"], order["0"]
    parts.append(
        f"（{found['draws']} 次成对抽样，{found['runs']} 次推演；2035 年核心校与成员校差距与现行法规之差，SD，95% 区间。）"
        f"按实际约束，三种模式缩小差距的次序：缺省值下 {at[0]}；取 0 时 {none[0]}。"
        f"同样的学校配对、取 0 时，融合型与共建型的区间{'不相交' if apart else '相交'}。\n\n"
        f"({found['draws']} paired draws, {found['runs']} runs; difference from the law in force in 2035 of the gap between core "
        f"and member schools, SD, 95% intervals.) As feasible, the three modes by how far they narrow the gap: {at[1]} at the "
        f"default, {none[1]} at 0. Among identical pairs, at 0, the intervals of fused and co-built groups "
        f"{'do not meet' if apart else 'meet'}.\n"
    )
    return "\n".join(parts)


def cores() -> str:
    """What happens to core schools at the default, as feasible."""
    found = kept()
    effects, rows = found["effects"]["feasible"], []
    for key, outcomes in effects.items():
        name, value = key.rsplit(" ", 1)
        if value == f"{found['default']:g}":
            p = policy(name)
            rows.append((f"{p.name_zh} {p.name_en}", shown(outcomes["member"]), shown(outcomes["core"]), shown(outcomes["top"])))
    return table(("政策 policy", "成员校 member schools", "核心校 core schools", "前四分之一学校 top quarter"), rows)


def sizes() -> str:
    """Schools that the designs need, by the size of the effect."""
    rows: list[tuple[object, ...]] = []
    designs: tuple[tuple[str, Callable[[float, float, float], int]], ...] = (
        ("一半学校随机先行，一次测验 / half of the schools by lot, one test", lambda e, b, w: power.randomised(e, ICC, TESTED, b, w)),
        ("分批推进四年，每年测验，学校效应逐年相关 0.5 / staggered over 4 years, yearly tests, schools' parts correlated .5 from year to year",
         lambda e, b, w: power.staggered(e, ICC, TESTED, 4, 0.5, b, w)),
        ("分批推进六年，同上 / staggered over 6 years, the same", lambda e, b, w: power.staggered(e, ICC, TESTED, 6, 0.5, b, w)),
        ("分批推进六年，学校效应逐年相关 0.9 / staggered over 6 years, correlated .9", lambda e, b, w: power.staggered(e, ICC, TESTED, 6, 0.9, b, w)),
    )  # fmt: skip
    for name, reckon in designs:
        rows.append((name, *(f"{reckon(e, b, w):,}" for e in EFFECTS for b, w in ((0.0, 0.0), (BETWEEN, WITHIN)))))
    head = ["设计 design"]
    for e in EFFECTS:
        head += [f"{e:.2f} SD，无前测 no earlier scores", f"{e:.2f} SD，有前测 with earlier scores"]
    return table(tuple(head), rows)


def years_of_teachers() -> str:
    """How many members, or teachers, other questions take: a proportion before and after."""
    def each(p: float, q: float) -> int:
        spread = math.sqrt(2 * ((p + q) / 2) * (1 - (p + q) / 2)), math.sqrt(p * (1 - p) + q * (1 - q))
        return math.ceil((1.959964 * spread[0] + 0.841621 * spread[1]) ** 2 / (p - q) ** 2)

    known = parameters.shipped()
    base = known["workforce.upward_rural"].default + known["workforce.resign"].default
    n = each(base, 0.85 * base)
    return (
        f"教师去留：乡村教师每年辞职或另找学校的约 {base:.0%}（模型的假定）；要看出这一比例下降 15%，处理与对照各需约 {n:,} 个教师年。\n\n"
        f"Leaving: about {base:.0%} of rural teachers resign or look for another school in a year (the model's assumption); to see a fall by 15% "
        f"takes about {n:,} teacher-years in each of two arms.\n"
    )


def parts() -> dict[str, Callable[[], str]]:
    return {"assumed": assumed, "ours": ours, "rests": rests, "cores": cores, "sizes": sizes, "teachers": years_of_teachers}
