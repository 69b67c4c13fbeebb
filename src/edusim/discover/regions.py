"""Where in the assumptions the winner changes: boxes (PRIM) and a tree (CART) of ema_workbench, checked on futures left out.

Half of the futures are searched, the other half is only looked at afterwards: a search through a hundred assumptions finds some
box in any noise, and only the other half tells how dense the box really is. Nothing is chosen by that half. A box is called
a region only when the lower end of its 95 % interval of held-out density is above the base rate of the held-out half.

PRIM tries the assumptions that matter most for the lead (by extra trees on the searched half), then once more only the most significant
of those that it used (constrained PRIM, Kwakkel 2019): a region of four conditions can be told, one of ten cannot. Among the boxes of
its second path one is taken by a rule set before: the *broad* one departs most from the base rate
(largest z of a binomial test); the *sure* one is the largest box in which the mode leads in nine of ten. Restrictions whose quasi-p-value
(Bryant and Lempert 2010) is not below 0.05 are dropped.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.discover.futures import ENOUGH_FUTURES, Assumption, Futures
from edusim.discover.winning import Verdicts, verdicts, wilson
from edusim.errors import RunError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: Assumptions that PRIM and CART are given, and restrictions that a box may have.
MOST_COLUMNS, MOST_LIMITS = 8, 4
#: Share of the searched futures that a box must hold.
LEAST_MASS = 0.05
#: Density of a sure box on the searched half.
SURE = 0.9
QUASI_P = 0.05
#: Cases of either kind in the searched half below which nothing is searched.
LEAST_CASES = 10
TREES = 100
LEAF_SHARES = (0.35, 0.2, 0.1, 0.05)
_SEED = 20261126


def _workbench() -> tuple[Any, Any, Any]:
    """Return the modules ``prim``, ``cart`` and ``feature_scoring`` of ema_workbench.

    Raises
    ------
    RunError
        ``RUN-LIBRARY`` when it is not installed.
    """
    try:
        with warnings.catch_warnings():
            # The workbench tells, on import, which of its optional packages are not there; we use none of them.
            warnings.filterwarnings("ignore", message="altair based interactive inspection", category=ImportWarning)
            warnings.filterwarnings("ignore", message="ipyparallel not installed", category=UserWarning)
            from ema_workbench.analysis import cart, feature_scoring, prim
    except ImportError:
        raise RunError(
            "RUN-LIBRARY", "没有安装 ema_workbench", "ema_workbench is not installed",
            mend_zh="请安装 pip install 'edusim-groups[analysis]'", mend_en="install it with pip install 'edusim-groups[analysis]'",
        ) from None  # fmt: skip
    return prim, cart, feature_scoring


@dataclass(frozen=True)
class Question:
    """What is searched for: futures in which a mode leads (or is worse than the law); ``clear`` where luck allows to say so."""

    name: str
    policy: str
    hits: NDArray[np.bool_]
    clear: NDArray[np.bool_]


def halves(n: int) -> NDArray[np.bool_]:
    """Return which futures are searched (True) and which are held out, the same for the same number of futures."""
    mask = np.zeros(n, dtype=bool)
    mask[np.random.default_rng(_SEED).permutation(n)[: (n + 1) // 2]] = True
    return mask


def feature_scores(table: pd.DataFrame, wanted: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the score of each column for a number (extra trees of ema_workbench), and the trees' out-of-bag R².

    Parameters
    ----------
    table
        Assumptions, one row a future.
    wanted
        Number to be told from them, for example the lead of a mode over the best other, float64 [future].

    Returns
    -------
    tuple
        Scores that add to 1, float64 [column]; out-of-bag R².
    """
    _, _, scoring = _workbench()
    from ema_workbench.analysis.scenario_discovery_util import RuleInductionType

    scores, forest = scoring.get_ex_feature_scores(
        table, wanted, mode=RuleInductionType.REGRESSION, nr_trees=TREES, min_samples_leaf=3, random_state=_SEED
    )  # fmt: skip
    found = scores[1] if 1 in scores.columns else scores.iloc[:, 0]
    return found.reindex(table.columns).to_numpy(dtype=np.float64), float(forest.oob_score_)


def _inside(table: pd.DataFrame, limits: Sequence[tuple[str, float, float]]) -> NDArray[np.bool_]:
    found = np.ones(len(table), dtype=bool)
    for column, low, high in limits:
        values = table[column].to_numpy()
        found &= (values >= low) & (values <= high)
    return found


def _is_searchable(hits: NDArray[np.bool_]) -> bool:
    cases = int(hits.sum())
    return min(cases, hits.size - cases) >= LEAST_CASES


def _rate(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else math.nan


def _z(box: Any, base: float) -> NDArray[np.float64]:
    """Return how far the boxes of a path depart from the base rate, in standard errors of a binomial share."""
    n, density = (box.peeling_trajectory[c].to_numpy(dtype=np.float64) for c in ("n", "density"))
    found: NDArray[np.float64] = np.sqrt(n) * (density - base) / math.sqrt(max(base * (1 - base), 1e-9))
    return found


def _path(prim: Any, x: pd.DataFrame, hits: NDArray[np.float64], base: float) -> Any:
    """Return PRIM's path over the few assumptions that matter: those most significant where the path of all departs most."""
    box = prim.Prim(x, hits, threshold=1e-6, mass_min=LEAST_MASS).find_box()
    if x.shape[1] <= MOST_LIMITS:
        return box
    qp = box.qp[int(_z(box, base).argmax())]
    strength = {name: min((q for q in ends if q >= 0), default=1.0) for name, ends in qp.items()}
    few = sorted(strength, key=lambda name: (strength[name], list(x.columns).index(name)))[:MOST_LIMITS]
    if not few or len(few) == len(box.qp[-1]):
        return box
    return prim.Prim(x[few], hits, threshold=1e-6, mass_min=LEAST_MASS).find_box()


def _pick(box: Any, base: float) -> dict[str, int]:
    """Return the places on the path of the broad and of the sure box; see the module."""
    path = box.peeling_trajectory
    n, density, limits = (path[c].to_numpy(dtype=np.float64) for c in ("n", "density", "res_dim"))
    z = _z(box, base)
    fits = (limits >= 1) & (limits <= MOST_LIMITS)
    found = {}
    if fits.any():
        found["broad"] = int(np.where(fits, z, -np.inf).argmax())
    sure = fits & (density >= SURE)
    if base < SURE and sure.any():
        found["sure"] = int(np.where(sure, n, -np.inf).argmax())
    return found


def _drop_weak(box: Any, place: int) -> int:
    """Drop restrictions that are not significant, the weakest first; return the place of the box that is left."""
    while True:
        weakest = {name: min(q for q in qs if q >= 0) for name, qs in box.qp[place].items() if any(q >= 0 for q in qs)}
        name = max(weakest, key=lambda key: weakest[key], default=None)
        if name is None or weakest[name] < QUASI_P:
            return place
        if len(weakest) == 1:
            return -1
        box.drop_restriction(name, place)
        place = len(box.peeling_trajectory) - 1


def boxes(table: pd.DataFrame, question: Question, searched: NDArray[np.bool_], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the boxes of one question: one row a restricted assumption, or one row saying that there is none.

    Columns
    -------
    ``kind``
        ``broad``, ``sure`` or ``none``.
    ``coverage``, ``density``, ``mass``, ``base``
        On the searched half: share of the cases that the box holds, share of cases in it, share of futures in it, share of
        cases in all.
    ``held_*``
        The same on the futures left out, with the 95 % interval of the density.
    ``held_clear``
        Share of held-out futures in the box where the answer is beyond luck.
    ``is_region``
        Whether the lower end of the held-out density is above the held-out base rate.
    ``column, low, high, limit_low, limit_high, qp_low, qp_high``
        The restriction, the range of the column, and which ends restrict; quasi-p-values, NaN where an end does not.
    """
    prim, _, _ = _workbench()
    hits = question.hits
    base, held_base = _rate(hits[searched]), _rate(hits[~searched])
    head = {"question": question.name, "policy": question.policy, "base": base, "held_base": held_base}
    none = [{**head, "kind": "none", "is_region": False}]
    if not _is_searchable(hits[searched]):
        return none
    x = table.loc[searched, list(columns)].reset_index(drop=True)
    box = _path(prim, x, hits[searched].astype(np.float64), base)
    rows: list[dict[str, Any]] = []
    seen: list[frozenset[tuple[str, float, float]]] = []
    for kind, start in _pick(box, base).items():
        place = _drop_weak(box, start)
        if place < 0:
            continue
        limits, qp = box.box_lims[place], box.qp[place]
        restricted = [(c, float(limits[c].iloc[0]), float(limits[c].iloc[1])) for c in qp]
        if not restricted or frozenset(restricted) in seen:
            continue
        seen.append(frozenset(restricted))
        # An end that does not restrict is the end of the searched sample; futures left out may lie beyond it.
        ends = [(c, low if qp[c][0] >= 0 else -np.inf, high if qp[c][1] >= 0 else np.inf) for c, low, high in restricted]
        inside = _inside(table, ends)
        told: dict[str, Any] = {**head, "kind": kind, "id": len(seen)}
        for name, half in (("", searched), ("held_", ~searched)):
            mine, all_hits = inside & half, int(hits[half].sum())
            told |= {
                f"{name}n": int(mine.sum()), f"{name}mass": float(mine.sum() / max(1, half.sum())), f"{name}density": _rate(hits[mine]),
                f"{name}coverage": float(hits[mine].sum() / all_hits) if all_hits else math.nan,
            }  # fmt: skip
        low, high = wilson(int(hits[inside & ~searched].sum()), told["held_n"])
        told |= {"held_low": low, "held_high": high, "held_clear": _rate(question.clear[inside & ~searched])}
        told |= {"is_region": bool(low > held_base and told["held_n"] > 0)}
        for c, below, above in ends:
            values = table[c].to_numpy()
            rows.append({
                **told, "column": c, "low": below if math.isfinite(below) else math.nan, "high": above if math.isfinite(above) else math.nan,
                "limit_low": float(values.min()), "limit_high": float(values.max()),
                "qp_low": qp[c][0] if qp[c][0] >= 0 else math.nan, "qp_high": qp[c][1] if qp[c][1] >= 0 else math.nan,
            })  # fmt: skip
    return rows or none


def _tree_of(cart: Any) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    class Tree(cart.CART):  # type: ignore[misc]
        """CART of the workbench with fixed ties: scikit-learn breaks them by chance unless told otherwise."""

        def build_tree(self) -> None:
            least = max(1, int(self.mass_min * self.x.shape[0]))
            self.clf = DecisionTreeClassifier(min_samples_leaf=least, random_state=0)
            self.clf.fit(self._x, self.y)

    return Tree


def tree(table: pd.DataFrame, leader: Sequence[str], searched: NDArray[np.bool_], columns: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """Return the leaves of a tree that tells the leader from the assumptions, and the tree as text.

    The size of the tree is chosen within the searched half (five folds, the smallest tree within one standard error of
    the best). Each leaf holds its restrictions, and the share of each leader in it on both halves.

    Columns
    -------
    ``leaf, restriction, says, n, held_n, share_NAME, held_NAME``
        and for the whole tree ``hit, held_hit`` (share of futures told rightly), ``held_base`` (by the most frequent leader alone) and ``is_better``
        (whether the tree tells more of the held-out futures than that, beyond chance).
    """
    _, cart, _ = _workbench()
    from ema_workbench.analysis.scenario_discovery_util import RuleInductionType
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier, export_text

    names = np.asarray(leader, dtype=object).astype(str)
    x, y = table.loc[searched, list(columns)].reset_index(drop=True), names[searched]
    kinds = sorted(set(names.tolist()))
    most = max(set(y.tolist()), key=lambda name: (int((y == name).sum()), name)) if y.size else ""
    if len(set(y.tolist())) < 2:
        return [], ""
    best: tuple[float, float] | None = None
    share = LEAF_SHARES[0]
    scores = []
    for candidate in LEAF_SHARES:
        learner = DecisionTreeClassifier(min_samples_leaf=max(1, int(candidate * len(x))), random_state=0)
        found = cross_val_score(learner, x.to_numpy(), y, cv=KFold(5, shuffle=True, random_state=0))
        scores.append((float(found.mean()), float(found.std(ddof=1) / math.sqrt(found.size))))
        best = max(best or scores[-1], scores[-1])
    assert best is not None
    for candidate, (mean, _) in zip(LEAF_SHARES, scores, strict=True):
        if mean >= best[0] - best[1]:
            share = candidate
            break
    grown = _tree_of(cart)(x, y, mass_min=share, mode=RuleInductionType.CLASSIFICATION)
    grown.build_tree()
    text = str(export_text(grown.clf, feature_names=list(columns), class_names=[str(c) for c in grown.clf.classes_], show_weights=True))
    everything = table[list(columns)].to_numpy()
    told = np.asarray(grown.clf.predict(everything)).astype(str)
    leaf_of = grown.clf.apply(everything)
    whole = {
        "hit": _rate(told[searched] == y), "held_hit": _rate(told[~searched] == names[~searched]), "held_base": _rate(names[~searched] == most),
        "leaf_share": share,
    }  # fmt: skip
    whole["is_better"] = wilson(int((told[~searched] == names[~searched]).sum()), int((~searched).sum()))[0] > whole["held_base"]
    if grown.clf.get_n_leaves() < 2:
        return [], ""
    ids = np.argwhere(grown.clf.tree_.children_left == -1)[:, 0]
    rows = []
    for place, (leaf, limits) in enumerate(zip(ids.tolist(), grown.boxes, strict=True)):
        mine = leaf_of == leaf
        parts = []
        for c in columns:
            low, high = float(limits[c].iloc[0]), float(limits[c].iloc[1])
            if low > float(x[c].min()):
                parts.append(f"{c} > {low:.6g}")
            if high < float(x[c].max()):
                parts.append(f"{c} <= {high:.6g}")
        row: dict[str, Any] = {"leaf": place + 1, "restriction": " & ".join(parts), "says": str(told[mine][0]) if mine.any() else "",
                               "n": int((mine & searched).sum()), "held_n": int((mine & ~searched).sum())}  # fmt: skip
        for name in kinds:
            row |= {f"share_{name}": _rate(names[mine & searched] == name), f"held_{name}": _rate(names[mine & ~searched] == name)}
        rows.append({**row, **whole})
    return rows, text


@dataclass(frozen=True)
class Searched:
    """What a search of one outcome in one arm gave; rows of ``boxes.csv``, ``tree.csv`` and ``scores.csv``, and the tree as text."""

    boxes: list[dict[str, Any]]
    leaves: list[dict[str, Any]]
    text: str
    scores: list[dict[str, Any]]


def search(futures: Futures, arm: str, outcome: str) -> Searched:
    """Search one outcome in one arm; nothing is searched where there are fewer than 50 futures or one mode."""
    asked = futures.outcome(outcome)
    block = futures.block(arm, outcome)
    n = block.rows.size
    if n < ENOUGH_FUTURES or not asked.sign or block.is_flat or len(futures.modes) < 2:
        return Searched([], [], "", [])
    columns = futures.columns(arm)
    names = [one.column for one in columns]
    table = futures.table.iloc[block.rows][names].reset_index(drop=True)
    verdict = verdicts(block, asked.sign, crossed=futures.crossed)
    searched = halves(n)
    half = table[searched].reset_index(drop=True)
    found_boxes: list[dict[str, Any]] = []
    scores: list[dict[str, Any]] = []
    together = np.zeros(len(names))
    for a, mode in enumerate(futures.modes):
        margin = verdict.margin[a]
        if float(np.ptp(margin)) <= block.tolerance:
            continue
        mine, _ = feature_scores(half, margin[searched])
        together += mine
        whole, r2 = feature_scores(table, margin)
        scores += [{"policy": mode, "column": c, "score": float(s), "r2": r2} for c, s in zip(names, whole, strict=True)]
        for question in _questions(verdict, a, mode, block.tolerance):
            ranked = mine
            if _is_searchable(question.hits[searched]) and question.name == "worse_than_law":
                ranked, _ = feature_scores(half, verdict.effect[a][searched])
            chosen = [names[k] for k in np.argsort(-ranked, kind="stable")[:MOST_COLUMNS]]
            found_boxes += boxes(table, question, searched, chosen)
    chosen = [names[k] for k in np.argsort(-together, kind="stable")[:MOST_COLUMNS]]
    leader = [futures.modes[k] if k >= 0 else "tie" for k in verdict.leader.tolist()]
    leaves, text = tree(table, leader, searched, chosen)
    head = {"outcome": outcome, "arm": arm}
    by_name = futures.by_column
    return Searched(
        [head | box | _words(by_name.get(box.get("column", ""))) for box in found_boxes], [head | leaf for leaf in leaves], text,
        [head | score | _words(by_name[score["column"]]) for score in scores],
    )  # fmt: skip


def _questions(verdict: Verdicts, place: int, mode: str, tolerance: float) -> list[Question]:
    """Return what is asked of a mode: when it leads, and when it is worse than the law in force (where that happens at all)."""
    return [
        Question("leads", mode, verdict.leader == place, verdict.winner == place),
        Question("worse_than_law", mode, verdict.effect[place] < -tolerance, verdict.clear[place] < 0),
    ]


def _words(one: Assumption | None) -> dict[str, str]:
    if one is None:
        return {"name_zh": "", "name_en": "", "unit": "", "status": ""}
    return {"name_zh": one.zh, "name_en": one.en, "unit": one.unit, "status": one.group}
