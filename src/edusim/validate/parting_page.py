"""Indicator against learning on a page: the numbers that an experiment keeps, and the words and tables made of them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from edusim.language import text as worded
from edusim.report.language import text
from edusim.report.summaries import Interval
from edusim.validate.parting_cases import BINS, CHOICES, ERRORS, THRESHOLDS
from edusim.validate.parting_words import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edusim.validate.parting import Parting

Kept = dict[str, Any]


class _Row(NamedTuple):
    case: str
    side: str
    item: str
    year: int
    mean: float
    low: float
    high: float
    n: int


_HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "rotation": {
        "zh": (
            "学年", "小学骨干教师差异系数：编制随迁", "编制不动", "薄弱半数学校：编制随迁", "编制不动", "核心校：编制随迁",
            "骨干集中的县：差异系数", "薄弱半数学校",
        ),
        "en": (
            "year", "CV of backbone teachers, primary: posts move", "posts stay", "weaker half: posts move", "posts stay",
            "cores: posts move", "uneven county: CV", "weaker half",
        ),
    },
    "paper": {
        "zh": ("学年", "差异系数达标项数（按法人）", "按校区", "未达标学校数（按法人）", "按校区", "薄弱半数学校"),
        "en": ("year", "CVs within limit, by legal person", "by campus", "schools failing, by legal person", "by campus", "weaker half"),
    },
    "reports": {
        "zh": ("可挑选的结果数", "测量误差（SD）", "上报", "公式", "高出真实"),
        "en": ("results to choose from", "error, SD", "reported", "formula", "above the truth"),
    },
    "awards": {
        "zh": ("毕业生", "门槛", "公式：抽样误差", "公式：连同当年偶然", "没有奖励，毕业班过线", "有政策，Z值过线", "其中教学未更进步", "连过两年时"),
        "en": (
            "graduates", "threshold", "formula: sampling error", "formula: and luck of the year", "no reward, graduates pass", "policy, Z passes",
            "of these, teaching not improved", "two years in a row",
        ),
    },
}  # fmt: skip
_BINS = {
    "all": ("全部", "all"), "under_50": ("不足50", "under 50"), "50_99": ("50—99", "50\u201399"),
    "100_199": ("100—199", "100\u2013199"), "200_up": ("200以上", "200 or more"),
}  # fmt: skip


def results(found: Parting, source: str) -> Kept:
    """Return what an experiment keeps: numbers of the last year and of a few before it, verdicts, sentences.

    A number that some draw does not have, as the share of awards in a class of schools without any, is left out.

    Parameters
    ----------
    found
        A result.
    source
        Hash of the model that gave it.

    Returns
    -------
    dict
        ``source, runs, failed, info, verdicts, sentences`` and ``levels``: case -> side -> ``item@year`` ->
        ``mean, low, high, n``, in the shape that :func:`edusim.study.expected.differences` compares.
    """
    frame, info = found.frame, found.info
    levels: dict[str, dict[str, dict[str, Any]]] = {}
    for row in map(_Row._make, frame[list(_Row._fields)].itertuples(index=False)):
        if row.year != info["last_year"] and not (row.year in _years(info) and _is_by_year(row.case, row.item)):
            continue
        if row.n < info["draws"]:
            continue  # a share of awards of which some draw has none
        numbers = {"mean": row.mean, "low": row.low, "high": row.high}
        clean = {key: float(value) if math.isfinite(value) else None for key, value in numbers.items()}
        levels.setdefault(row.case, {}).setdefault(row.side, {})[f"{row.item}@{row.year}"] = {**clean, "n": int(row.n)}
    return {
        "source": source, "runs": info["draws"], "failed": 0, "info": info, "verdicts": dict(found.verdicts),
        "sentences": found.sentences, "levels": levels,
    }  # fmt: skip


def _years(info: Mapping[str, Any]) -> list[int]:
    """Return the years that tables show: the first, the third, the sixth, the last."""
    base, last = int(info["base_year"]), int(info["last_year"])
    return sorted({min(base + k, last) for k in (1, 3, 6)} | {last})


def _is_by_year(case: str, item: str) -> bool:
    if case == "rotation":
        return item.startswith(("cv.backbone.primary.", "weak.", "core.", "uneven.")) and not item.endswith("move_less_stay")
    return case == "paper" and item.startswith(("passing.", "failing.", "weak.campus"))


def write(kept: Kept, path: Any) -> None:
    """Write what is kept as JSON, one line a number."""
    lines = json.dumps({**kept, "levels": "@"}, indent=1, ensure_ascii=False).split('"@"')
    cases = []
    for case, sides in kept["levels"].items():
        listed = []
        for side, items in sides.items():
            rows = [f"   {json.dumps(item)}: {json.dumps(numbers)}" for item, numbers in items.items()]
            listed.append(f"  {json.dumps(side)}: {{\n" + ",\n".join(rows) + "\n  }")
        cases.append(f" {json.dumps(case)}: {{\n" + ",\n".join(listed) + "\n }")
    path.write_text(lines[0] + "{\n" + ",\n".join(cases) + "\n}" + lines[1] + "\n", encoding="utf-8")


def page(kept: Kept, lang: str) -> str:
    """Return the findings as Markdown, from what is kept: each case with its sentence and table.

    Parameters
    ----------
    kept
        As :func:`results` gives it, or as it was read from the file.
    lang
        ``zh`` or ``en``.
    """
    parts = []
    for order, (case, verdict) in enumerate(kept["verdicts"].items(), start=1):
        name = text(f"parting.{case}", lang)
        colon = worded("common.stop_gap", lang)
        parts.append(f"**{order} {name}** · {text(f'parting.{verdict}', lang)}{colon}{kept['sentences'][case][lang]}")
        table = {"rotation": _rotation, "paper": _paper, "reports": _reports, "awards": _awards}.get(case)
        if table is not None:
            parts.append(_table(_HEADS[case][lang], table(kept, lang)))
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(kept: Kept, case: str, side: str, item: str, year: int | None = None) -> Interval:
    """Return a number that is kept; NaN for one that is not there."""
    row = kept["levels"].get(case, {}).get(side, {}).get(f"{item}@{year or kept['info']['last_year']}")
    if row is None:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean, low, high = (math.nan if row[key] is None else float(row[key]) for key in ("mean", "low", "high"))
    return Interval(mean, low, high, int(row["n"]))


def _rotation(kept: Kept, lang: str) -> list[list[str]]:
    columns = (
        ("indicator", "cv.backbone.primary.move", 2), ("indicator", "cv.backbone.primary.stay", 2), ("learning", "weak.move", 3),
        ("learning", "weak.stay", 3), ("learning", "core.move", 3), ("indicator", "uneven.cv.backbone.primary.move", 2),
        ("learning", "uneven.weak.move", 3),
    )  # fmt: skip
    return [[str(year), *(told(_number(kept, "rotation", side, item, year), lang, digits) for side, item, digits in columns)]
            for year in _years(kept["info"])]  # fmt: skip


def _paper(kept: Kept, lang: str) -> list[list[str]]:
    columns = (
        ("indicator", "passing.legal", 1), ("indicator", "passing.campus", 1), ("indicator", "failing.legal", 1),
        ("indicator", "failing.campus", 1), ("learning", "weak.campus", 3),
    )  # fmt: skip
    return [[str(year), *(told(_number(kept, "paper", side, item, year), lang, digits) for side, item, digits in columns)]
            for year in _years(kept["info"])]  # fmt: skip


def _reports(kept: Kept, lang: str) -> list[list[str]]:
    return [
        [str(k), f"{s:g}", *(told(_number(kept, "reports", "indicator", f"{item}.{k}.{s:g}"), lang) for item in ("reported", "expected", "bias"))]
        for s in ERRORS
        for k in CHOICES
    ]


def _awards(kept: Kept, lang: str) -> list[list[str]]:
    rows = []
    for c in THRESHOLDS:
        for name in BINS:
            numbers = [
                _number(kept, "awards", side, f"{item}.{c:g}.{name}")
                for side, item in (
                    ("indicator", "law_by_sampling"), ("indicator", "law_by_chance"), ("indicator", "law_graduates"), ("indicator", "award"),
                    ("learning", "no_rise"), ("learning", "no_rise_two_years"),
                )
            ]  # fmt: skip
            shown = [told(gap, lang, 1, signed=False, percent=True) for gap in numbers]
            rows.append([_BINS[name][0 if lang == "zh" else 1], f"{c:g} SD", *shown])
    return rows
