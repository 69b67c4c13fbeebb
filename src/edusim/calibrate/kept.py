"""What a calibration gave, kept beside its file: compared with a later run, and put into a page so that no number drifts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edusim.errors import RunError

#: Relative difference of the distance that another kind of processor may make, by way of the search.
NEAR = 0.1
_VERDICTS = {"yes": ("能", "yes"), "partly": ("部分", "in part"), "no": ("不能", "no")}
_KINDS = {"mean": ("水平", "levels"), "ratio": ("水平", "levels"), "cv": ("差异系数", "CVs")}


def digest(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a result: verdicts, errors, intervals, coverage; not every trial or row."""
    common = {key: found[key] for key in ("kind", "source", "trials", "runs")}
    if found["kind"] == "recovery":
        names = ("path", "verdict", "error", "width", "held", "too_narrow")
        kept = [{key: p[key] for key in names} | {"told_by": p["told_by"][0]["target"]} for p in found["parameters"]]
        return {**common, "truths": len(found["truths"]), "given_by_the_model": found["given_by_the_model"], "parameters": kept}
    names = ("path", "verdict", "best", "near_low", "near_high", "value")
    return {
        **common, "J": found["distance"]["J"], "p": found["distance"]["p"], "parameters": [{k: p[k] for k in names} for p in found["parameters"]],
        "coverage": found["coverage"], "spreads": found["spreads"],
    }  # fmt: skip


def differences(now: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """Return what is not as kept, one line each.

    Verdicts are compared, and those that moved by one step are let pass. With the same model (``source``) the numbers of
    trials and runs must be the same too, and the distance from the table near. Not more: on one kind of processor the same
    file gives the same bits, but kernels of linear algebra differ between kinds in the last digit, and a search that walks
    along a flat direction carries that into every number.
    """
    order = ("no", "partly", "yes")
    old = {p["path"]: p["verdict"] for p in kept["parameters"]}
    wrong = [
        f"{p['path']}: {old.get(p['path'])} expected, {p['verdict']} now"
        for p in now["parameters"]
        if p["path"] not in old or abs(order.index(p["verdict"]) - order.index(old[p["path"]])) > 1
    ]
    if now["source"] == kept["source"]:
        wrong += [f"{key}: {kept[key]} expected, {now[key]} now" for key in ("trials", "runs") if now[key] != kept[key]]
        if "J" in kept and not math.isclose(now["J"], kept["J"], rel_tol=NEAR):
            wrong.append(f"J: {kept['J']} expected, {now['J']} now")
    return wrong


def check(found: Mapping[str, Any], file: Path, *, keep: bool = False) -> list[str]:
    """Compare a result with what a file keeps, or keep it; return what differs.

    Raises
    ------
    RunError
        ``STUDY-EXPECTED`` when there is no such file and nothing is to be kept.
    """
    now = digest(found)
    if keep:
        file.write_text(json.dumps(now, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
        return []
    if not file.is_file():
        raise RunError(
            "STUDY-EXPECTED", "没有可比较的预期结果", "there are no expected results to compare with", where=str(file),
            mend_zh="请先用 --expect 写出", mend_en="write them first with --expect",
        )  # fmt: skip
    return differences(now, json.loads(file.read_text(encoding="utf-8")))


# ---- pages ---------------------------------------------------------------------------------------------------


def put(page: Path, marker: str, content: str, *, write: bool = True) -> bool:
    """Put text between ``<!-- MARKER:start -->`` and ``<!-- MARKER:end -->`` of a page; return whether it stood there before."""
    old = page.read_text(encoding="utf-8")
    new, count = re.subn(
        rf"(<!-- {re.escape(marker)}:start -->\n).*?(<!-- {re.escape(marker)}:end -->)",
        lambda found: f"{found[1]}{content}\n{found[2]}", old, flags=re.DOTALL,
    )  # fmt: skip
    if count != 1:
        raise ValueError(f"{page}: {count} places for {marker}")
    if write and new != old:
        page.write_text(new, encoding="utf-8")
    return new == old


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def text(kept: Mapping[str, Any], lang: str) -> str:
    """Return what a page says of a kept result, as Markdown, in ``zh`` or ``en``."""
    side = 0 if lang == "zh" else 1
    return _recovery_text(kept, side) if kept["kind"] == "recovery" else _fit_text(kept, side)


def _recovery_text(kept: Mapping[str, Any], side: int) -> str:
    n = kept["truths"]
    head = (("参数", "能否识别", "误差", "近优宽度", "含真值", "主要由谁说明"),
            ("parameter", "identified", "error", "near-best width", "held the truth", "told by"))[side]  # fmt: skip
    rows = [
        (f"`{p['path']}`", _VERDICTS[p["verdict"]][side], f"{p['error']:.2f}", f"{p['width']:.2f}", f"{p['held']}/{n}",
         f"`{p['told_by']}`" if p["verdict"] != "no" else "–")
        for p in kept["parameters"]
    ]  # fmt: skip
    cannot = [f"`{p['path']}`" for p in kept["parameters"] if p["verdict"] == "no"]
    narrow = [f"`{p['path']}`" for p in kept["parameters"] if p["too_narrow"]]
    said = [_rows(head, rows), ""]
    if side == 0:
        said.append(f"误差与宽度以参数的范围为 1。{kept['trials']:,} 组参数、{kept['runs']:,} 次推演；埋入 {n} 组，其中 "
                    f"{kept['given_by_the_model']} 组，模型在拟合值上确能给出这样的表（p ≥ 0.05）。")  # fmt: skip
        said.append(f"**从这些表学不到**：{'、'.join(cannot)}。" if cannot else "每个参数都至少能部分识别。")
        said += [f"区间偏窄、不可尽信：{'、'.join(narrow)}。"] if narrow else []
    else:
        said.append(f"Error and width with the parameter's range as 1. {kept['trials']:,} parameter sets, {kept['runs']:,} runs; of {n} planted "
                    f"sets, {kept['given_by_the_model']} give such a table in the model itself at their fitted values (p >= 0.05).")  # fmt: skip
        said.append(f"**These tables cannot tell** {', '.join(cannot)}." if cannot else "Every parameter is identified at least in part.")
        said += [f"Intervals too narrow to be trusted: {', '.join(narrow)}."] if narrow else []
    return "\n".join(said)


def _fit_text(kept: Mapping[str, Any], side: int) -> str:
    head = (("参数", "最优", "近优范围（95%）", "能否识别"), ("parameter", "best", "near-best (95%)", "identified"))[side]
    rows = [
        (f"`{p['path']}`", f"{p['best']:.3g}" if p["best"] < 1000 else f"{p['best']:,.0f}", f"{p['near_low']:,.3g} – {p['near_high']:,.3g}"
         if p["near_high"] < 1000 else f"{p['near_low']:,.0f} – {p['near_high']:,.0f}", _VERDICTS[p["verdict"]][side])
        for p in kept["parameters"]
    ]  # fmt: skip
    head2 = (("留出的数", "个数", "在 90% 区间内", "只看生成的县", "区间半宽/模型值（中位）", "相对误差（中位）"),
             ("held out", "numbers", "in the 90% interval", "generated counties alone", "half-width over model (median)",
              "relative error (median)"))[side]  # fmt: skip
    rows2 = []
    for c in kept["coverage"]:
        kind = _KINDS.get(c["kind"].rpartition(".")[2], (c["kind"], c["kind"]))[side]
        measure = (("拟合过的指标", "未拟合的指标"), ("measures fitted", "measures not fitted"))[side][0 if c["measure_fitted"] else 1]
        county = (("别的县", "拟合所用的县"), ("other counties", "the fitted counties"))[side][0 if c["new_county"] else 1]
        mark = ("，", ", ")[side]
        share = [f"{c[k]}/{c['n']} ({c[k] / c['n']:.0%})" for k in ("inside", "alone")]
        rows2.append((f"{kind}{mark}{measure}{mark}{county}", str(c["n"]), *share, f"{c['width']:.2f}", f"{c['error']:.2f}"))
    return _rows(head, rows) + "\n\n" + _rows(head2, rows2)
