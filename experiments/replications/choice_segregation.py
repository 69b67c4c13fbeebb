"""School choice and segregation on a lattice, through the county's own choice: ``python choice_segregation.py [--expect] [--out DIR]``.

Families weigh the way to a school against its company, and choose anew every round by what came of the last one. The
ranking is `edusim.equations.pupils.rank_schools`, the loop by which the county admits, and seats are assigned by
`edusim.equations.parallel_arrays`, as in the county; the study's assumptions are one setting of
`edusim.equations.choice.FamilyChoice`. Writes the figure in both languages and compares with the published numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from checked import Row, data, exact, finish, options
from numpy.typing import NDArray

from edusim.equations import FamilyChoice, lists, parallel_arrays, tolerance

PUBLISHED: dict[str, Any] = data("choice_segregation")
WITHIN = 1e-6


@dataclass(frozen=True)
class Lattice:
    """Ten by ten nodes, four schools and families of two groups."""

    schools: NDArray[np.int64]
    distance: NDArray[np.float64]
    home: NDArray[np.int64]
    kind: NDArray[np.int8]
    first_seen: NDArray[np.float64]  # [kinds, schools]: share of the own group at each school's node

    @classmethod
    def of(cls, majority: int, households: int, schools: Sequence[int]) -> Lattice:
        node, at = np.arange(100), np.asarray(schools)
        row, column = node // 10, node % 10
        distance = np.maximum(np.abs(row[:, None] - row[at]), np.abs(column[:, None] - column[at])).astype(np.float64)
        zero = np.where((row < 5) == (column < 5), majority, households - majority)
        kind = (np.arange(households)[None, :] >= zero[:, None]).astype(np.int8)
        share = zero[at] / households
        return cls(at, distance, np.repeat(node, households), kind.ravel(), np.stack([share, 1.0 - share]))


def apart(counts: NDArray[np.int64]) -> float:
    """Return the dissimilarity of two groups over places: half the sum of differences of their shares there.

    ``counts`` int64 [groups, places].
    """
    share = counts / counts.sum(axis=1, keepdims=True)
    return float(0.5 * np.abs(share[0] - share[1]).sum())


def families(c_weight: float, best: float, all_own: float) -> FamilyChoice:
    """Return the study's assumptions: company against the way, a best share of the own group, no taste, nothing else.

    The study weighs nearness D = (d_max - d) / (d_max - d_min); less the constant 1 that is minus the relative way.
    """
    return FamilyChoice(
        peers=c_weight, travel=1.0 - c_weight, travel_is_relative=True, taste=0.0, company=tolerance(best, all_own)
    )


def dissimilarity(lattice: Lattice, choice: FamilyChoice, rounds: int, seats: int) -> list[float]:
    """Return the dissimilarity of schools after each round."""
    n_schools = lattice.schools.size
    near = np.tile(np.arange(n_schools), (lattice.distance.shape[0], 1))
    capacity, seen = np.full(n_schools, seats), lattice.first_seen
    found: list[float] = []
    for number in range(rounds):
        preferences, lots = lists(choice, near, lattice.distance, lattice.home, seen, kind=lattice.kind, year=number)
        school = parallel_arrays(preferences, lots, capacity, n_schools)
        counts = np.stack([np.bincount(school[lattice.kind == k], minlength=n_schools) for k in (0, 1)])
        found.append(apart(counts))
        share = counts / np.maximum(counts.sum(axis=0), 1)
        if choice.taste == 0.0 and np.array_equal(share, seen):  # at rest: every later round is this one
            return found + [found[-1]] * (rounds - len(found))
        seen = share
    return found


def at_home(lattice: Lattice) -> float:
    """Return the dissimilarity of the nodes in which the groups live."""
    return apart(np.stack([np.bincount(lattice.home[lattice.kind == k], minlength=100) for k in (0, 1)]))


def run(majority: int, c_weight: float) -> tuple[float, float, float]:
    """Return the dissimilarity of homes, and of schools after the first and the last round."""
    given = PUBLISHED["instance"]
    lattice = Lattice.of(majority, given["households_per_node"], given["schools"])
    path = dissimilarity(lattice, families(c_weight, given["tolerance"], given["M"]), given["rounds"], given["seats_each"])
    return at_home(lattice), path[0], path[-1]


def rows(cases: Sequence[dict[str, Any]] = PUBLISHED["cases"]) -> list[Row]:
    found = []
    for one in cases:
        got = run(one["per_node_majority"], one["c_weight"])
        for name, value in zip(("residential_DI", "DI_round1", "DI_round30"), got, strict=True):
            found.append(exact(f"majority {one['per_node_majority']}, c_weight {one['c_weight']}: {name}", one[name], value, WITHIN))
    return found


# ---- the figure --------------------------------------------------------------------------------------

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "择校与学校分隔：在本模型中重现一项已发表的研究",
        "subtitle": "10×10 网格、四所学校、两类家庭、每轮重新择校；差异指数：0 为两类家庭分布相同，1 为完全分开",
        "takeaway": "同类比例的权重足够大，学校才会比居住更加分隔：{parts}。",
        "part": "居住差异指数 {home:.2f} 时，权重 {start:.3g} 起超过居住，{whole:.3g} 起最终完全分开", "between": "；",
        "panel": "每个节点 {share} 为多数一类（居住差异指数 {home:.2f}）",
        "x": "学校同类比例的权重（其余为路程）", "y": "学校差异指数",
        "last": "第 30 轮", "first": "第 1 轮", "home": "居住", "published": "{name}，原研究的代码",
        "reading": (
            "线为本模型，每 {step:.3g} 一点；记号为原研究已发表的代码在同一网格上的结果（方形：第 1 轮；圆形：第 30 轮）。"
            "{cases} 组共 {n} 个数值，{ok} 个一致（误差小于 10⁻⁶）。"
        ),
        "footer": "人工设定的网格，不是任何县 · 复现情景，不是预测 / a replication, not a forecast",
    },
    "en": {
        "title": "School choice and segregation: a published model within this one",
        "subtitle": "10 x 10 nodes, four schools, two groups, choosing anew every round; dissimilarity: 0 both spread alike, 1 wholly apart",
        "takeaway": "Schools become more segregated than homes only once company weighs enough: {parts}.",
        "part": "with homes at {home:.2f} they pass homes from a weight of {start:.3g}, and end wholly apart from {whole:.3g}",
        "between": "; ",
        "panel": "Local majority of {share} (homes {home:.2f})",
        "x": "Weight of the own group's share (the rest: the way)", "y": "Dissimilarity of schools",
        "last": "round 30", "first": "round 1", "home": "homes", "published": "{name}, the study's code",
        "reading": (
            "Lines: this model, a point every {step:.3g}; marks: the study's published code on the same lattice (squares round 1, "
            "circles round 30). {ok} of the {n} numbers of {cases} cases agree (to 1e-6)."
        ),
        "footer": "A lattice set up for study, no county · A replication, not a forecast / 复现情景，不是预测",
    },
}  # fmt: skip
WEIGHTS = np.linspace(0.0, 1.0, 41)


def curves() -> dict[int, NDArray[np.float64]]:
    """Return for each majority float64 [weights, 3]: dissimilarity of homes, after the first and after the last round."""
    majorities = sorted({one["per_node_majority"] for one in PUBLISHED["cases"]})
    return {majority: np.array([run(majority, float(w)) for w in WEIGHTS]) for majority in majorities}


def figure(lang: str, found: dict[int, NDArray[np.float64]], compared: Sequence[Row]) -> Any:
    """Return the chart: dissimilarity of schools by the weight of company, ours and what was published."""
    from edusim.report.page import begin, read_line
    from edusim.report.style import FAINT, GRID, INK, LOOKS, MARGIN, QUIET, Words, house

    said, words = WORDS[lang], Words(lang, {})
    told = []
    for part in found.values():
        start, whole = (float(WEIGHTS[np.flatnonzero(over)[0]]) for over in (part[:, 2] > part[:, 0] + 1e-9, part[:, 2] > 1.0 - 1e-9))
        told.append(said["part"].format(home=part[0, 0], start=start, whole=whole))
    reading = said["reading"].format(
        step=WEIGHTS[1], cases=len(PUBLISHED["cases"]), n=len(compared), ok=sum(row.is_right for row in compared)
    )
    looks = {"last": LOOKS["fusion"], "first": LOOKS["co_build"]}
    with house():
        chart = begin(
            words, 8.4, 3.4, title=said["title"], subtitle=said["subtitle"],
            takeaway=said["takeaway"].format(parts=said["between"].join(told)), footer=said["footer"], for_report=False,
        )  # fmt: skip
        below = read_line(chart, reading)
        left, gap = 0.62, 0.42
        width = (8.4 - left - MARGIN - 0.1 - gap) / 2
        for k, (majority, part) in enumerate(found.items()):
            axes = chart.panel(left + k * (width + gap), below + 0.46, width, 3.4 - below - 0.46 - 0.34)
            share = f"{majority / PUBLISHED['instance']['households_per_node']:.0%}"
            axes.set_title(said["panel"].format(share=share, home=part[0, 0]), loc="left", fontsize=9.5, color=INK)
            axes.grid(axis="y", color=GRID)
            axes.axhline(part[0, 0], color=FAINT, linewidth=1.0, linestyle=(0, (1.5, 2)))
            axes.text(1.0, part[0, 0] - 0.025, said["home"], fontsize=8, color=QUIET, ha="right", va="top")
            points = [one for one in PUBLISHED["cases"] if one["per_node_majority"] == majority]
            for name, column, key, marker, size in (("first", 1, "DI_round1", "s", 6.5), ("last", 2, "DI_round30", "o", 5.0)):
                axes.plot(WEIGHTS, part[:, column], color=looks[name].colour, linestyle=looks[name].dash, linewidth=1.6, label=said[name])
                axes.plot(
                    [p["c_weight"] for p in points], [p[key] for p in points], marker, color=looks[name].colour, markersize=size,
                    markerfacecolor="white", markeredgewidth=1.2, label=said["published"].format(name=said[name]),
                )  # fmt: skip
            axes.set(xlim=(-0.03, 1.03), ylim=(0.0, 1.06), xticks=[0, 0.2, 0.4, 0.6, 0.8, 1.0], yticks=[0, 0.2, 0.4, 0.6, 0.8, 1.0])
            if k == 0:
                axes.set_ylabel(said["y"])
                axes.legend(loc="upper left", frameon=False, fontsize=8, handlelength=2.6, labelcolor=INK)
        chart.say((left + 8.4 - MARGIN) / 2, below + 0.04, said["x"], ha="center", va="bottom", fontsize=9, color=INK)
    return chart


def main(argv: Sequence[str] | None = None) -> int:
    parser = options(__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/replications"), help="folder of the figures")
    given = parser.parse_args(argv)
    from edusim.report.style import save

    compared = rows()
    status = finish("choice_segregation", compared, keep=given.expect)
    found = curves()
    given.out.mkdir(parents=True, exist_ok=True)
    for lang in ("zh", "en"):
        print(*save(figure(lang, found, compared), given.out / f"choice_segregation.{lang}", ("png", "svg")), sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
