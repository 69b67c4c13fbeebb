"""The table in a terminal, the page in Markdown, and the folder that keeps both with figure and CSV."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import __version__
from edusim.folders import write_csv
from edusim.language import text as worded
from edusim.report.language import limits
from edusim.report.tables import pad, width_of
from edusim.validate.patterns import BY_KEY, EDGE, IN, MISS

if TYPE_CHECKING:
    from edusim.validate.running import Validation

#: Widest table in a terminal, places.
WIDTH = 120
#: Verdict -> mark, Chinese, English.
WORDS = {
    IN: ("✓", "在区间内", "in band"),
    EDGE: ("~", "在内，区间越界", "in band, crosses"),
    MISS: ("✗", "未达到", "miss"),
    "": (" ", "仅供参考", "for information"),
}
#: One draw, or a ratio whose denominator may be nothing: the mean is in the band, and no more is known.
NO_INTERVAL = ("在内，无区间", "in band, no interval")
CONTROL_WORDS = {IN: ("✓", "成立", "holds"), MISS: ("✗", "不成立", "does not hold")}
UNITS = {"SD": (" 个标准差", " SD"), "%": ("%", " %"), "x": (" 倍", " times"), "": ("", "")}


def shown(value: float, digits: int) -> str:
    """Return a number with so many decimals; nothing where there is none, no minus before zero."""
    if not math.isfinite(value):
        return "–"
    rounded = round(value, digits)
    return f"{rounded if rounded else 0.0:.{digits}f}"


def value_text(row: Any, lang: str) -> str:
    """Return a row's value with its 95 % interval and unit."""
    unit = UNITS[row["unit"]][0 if lang == "zh" else 1]
    digits = int(row["digits"])
    text = shown(row["value"], digits)
    if row["low"] != row["high"] and math.isfinite(row["low"]):
        text += f" [{shown(row['low'], digits)}, {shown(row['high'], digits)}]"
    return text + unit


def verdict_text(row: Any, lang: str) -> str:
    """Return a row's verdict in words, with its mark."""
    words = CONTROL_WORDS if row["kind"] == "control" else WORDS
    mark, zh, en = words[row["verdict"]]
    if row["verdict"] == EDGE and not math.isfinite(row["low"]):
        zh, en = NO_INTERVAL
    return f"{mark} {zh if lang == 'zh' else en}"


def head(result: Validation, lang: str) -> list[str]:
    """Return the lines above the table: what was checked, on what, and how to read it."""
    pupils, years = result.scenario.region_spec.n_pupils, result.scenario.years
    scenario = result.scenario
    each = worded("pattern.each", lang) if result.fresh else ""
    name = scenario.name_zh if lang == "zh" else scenario.name_en
    told = {"pupils": pupils, "years": years, "draws": result.draws, "each": each, "counties": result.counties, "seed": result.seed}
    return [worded("page.checked", lang, name=name, **told), worded("page.bands", lang), *limits(lang)]


def _lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return aligned lines; the second column is wrapped so that a line is no wider than :data:`WIDTH` where that is possible."""
    widths = [max(width_of(row[c]) for row in rows) for c in range(len(rows[0]))]
    others = sum(widths) - widths[1] + 2 * (len(widths) - 1)
    widths[1] = min(widths[1], max(30, WIDTH - others))
    out: list[str] = []
    for row in rows:
        for n, piece in enumerate(_wrapped(row[1], widths[1])):
            cells = (row[0], piece, *row[2:]) if n == 0 else ("", piece, *[""] * (len(row) - 2))
            out.append("  ".join(pad(cell, wide) for cell, wide in zip(cells, widths, strict=True)).rstrip())
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return [out[0], rule, *out[1:]]


def _wrapped(text: str, wide: int) -> list[str]:
    """Return a text in lines of at most ``wide`` places, all with the indent of the first; Chinese breaks anywhere."""
    indent = " " * (len(text) - len(text.lstrip()))
    lines, line = [], ""
    for piece in re.findall(r"[^\s\u2e80-\uffef]+\s*|[\u2e80-\uffef]\s*", text.strip()):
        if line and width_of(indent + line + piece.rstrip()) > wide:
            lines.append(indent + line.rstrip())
            line = ""
        line += piece
    return [*lines, indent + line.rstrip()]


def table(result: Validation, lang: str) -> str:
    """Return the table for a terminal: patterns part by part with band, value, verdict and source; then the controls."""
    frame = result.frame
    lines = head(result, lang)
    own = "zh" if lang == "zh" else "en"
    judged = frame[frame["kind"].isin(["part", "beside"])]
    if len(judged):
        rows = [_heads("part", lang)]
        last = ""
        notes: list[str] = []
        for _, row in judged.iterrows():
            key = str(row["pattern"])
            if key != last:
                rows.append((key, row[f"pattern_{own}"], "", "", _whole(result.verdict(key), lang)))
                last = key
            if row["kind"] == "part":
                rows.append(("", f"  {row[own]}", row["band"], value_text(row, lang), verdict_text(row, lang)))
                if row[f"tried_{own}"]:
                    notes.append(f"  {key}.{row['part']}: {row[f'tried_{own}']}")
            else:
                rows.append(("", f"    {row[own]}", "", value_text(row, lang), ""))
        lines += ["", *_lines(rows)]
        if notes:
            lines += ["", worded("page.notes", lang), *notes]
        lines += ["", worded("page.sources", lang)]
        lines += [f"  {key}: {BY_KEY[key].source}" for key in dict.fromkeys(judged["pattern"])]
    made = frame[frame["kind"] == "control"]
    if len(made):
        rows = [_heads("control", lang)]
        for _, row in made.iterrows():
            rows.append((row["pattern"], row[f"pattern_{own}"], row["band"], value_text(row, lang), verdict_text(row, lang)))
        lines += ["", *_lines(rows)]
    lines += ["", summary(result, lang)]
    return "\n".join(lines)


def _heads(kind: str, lang: str) -> tuple[str, ...]:
    """Return the heads of a table of parts (``part``) or of negative controls (``control``)."""
    band = "band" if kind == "part" else "must"
    return ("", *(worded(f"page.head.{name}", lang) for name in (kind, band, "value_interval" if kind == "part" else "value", "verdict")))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _whole(verdict: str, lang: str) -> str:
    mark, zh, en = WORDS[verdict]
    return f"{mark} {zh if lang == 'zh' else en}"


def summary(result: Validation, lang: str) -> str:
    """Return one sentence: how many patterns pass, how many do not, whether the controls hold."""
    frame = result.frame
    keys = list(dict.fromkeys(frame.loc[frame["kind"] == "part", "pattern"]))
    missed = [key for key in keys if result.verdict(key) == MISS]
    parts = frame[frame["kind"] == "part"]
    held = int((parts["verdict"] != MISS).sum())
    n_controls = int((frame["kind"] == "control").sum())
    wrong = list(frame.loc[(frame["kind"] == "control") & (frame["verdict"] == MISS), "pattern"])
    listed = worded("page.summary.list", lang)
    said = worded("page.summary", lang, facts=len(keys), passed=len(keys) - len(missed), parts=len(parts), held=held)
    if missed:
        said += worded("page.summary.missed", lang, names=listed.join(missed))
    if n_controls:
        key = "page.summary.controls_wrong" if wrong else "page.summary.controls"
        said += worded(key, lang, n=n_controls, names=listed.join(wrong))
    return said + worded("page.summary.stop", lang)


def markdown(rows: Any, lang: str, verdict_of: Any) -> list[str]:
    """Return the patterns of a frame as Markdown: a table of parts, then what is reported beside, then the controls."""
    _zh, own = lang == "zh", "zh" if lang == "zh" else "en"
    out: list[str] = []
    judged = rows[rows["kind"] == "part"]
    if len(judged):
        out.append(_row(_heads("part", lang)))
        out.append("|---|---|---|---|---|")
    for key in dict.fromkeys(judged["pattern"]):
        own_rows = judged[judged["pattern"] == key]
        first = own_rows.iloc[0]
        mark = WORDS[verdict_of(key)][0]
        out.append(f"| **{key}** {mark} | **{first[f'pattern_{own}']}** | | | |")
        out += [f"| | {r[own]} | {r['band']} | {value_text(r, lang)} | {verdict_text(r, lang)} |" for _, r in own_rows.iterrows()]
    beside = rows[rows["kind"] == "beside"]
    if len(beside):
        out += ["", worded("page.beside", lang), "", _row(("", worded("page.head.what", lang), worded("page.head.value", lang))), "|---|---|---|"]
        out += [f"| {r['pattern']} | {r[own]} | {value_text(r, lang)} |" for _, r in beside.iterrows()]
    made = rows[rows["kind"] == "control"]
    if len(made):
        out += ["", _row(_heads("control", lang))]
        out.append("|---|---|---|---|---|")
        for _, r in made.iterrows():
            out.append(f"| {r['pattern']} | {r[f'pattern_{own}']} | {r[own]} | {value_text(r, lang)} | {verdict_text(r, lang)} |")
    told = judged[(judged["verdict"] == MISS) | (judged[f"tried_{own}"] != "")]
    if len(told):
        out += ["", worded("page.notes", lang), ""]
        none = worded("page.none_tried", lang)
        out += [f"- {r['pattern']}.{r['part']}: {r[f'tried_{own}'] or none}" for _, r in told.iterrows()]
    return out


def save(result: Validation, folder: Any, lang: str) -> Path:
    """Write ``patterns.csv``, ``values.csv`` (one row a draw), ``page.md`` (zh and en), figures in both languages, a manifest.

    Parameters
    ----------
    folder
        A folder that does not exist yet, or is empty.
    lang
        Language that stands first on the page.
    """
    target = Path(folder)
    beside = target.with_name(f".{target.name}.new-{os.getpid()}")
    beside.mkdir(parents=True)
    try:
        _write(result, beside, lang)
        if target.exists():
            target.rmdir()
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return target


def _write(result: Validation, folder: Path, lang: str) -> None:
    import pandas as pd

    from edusim.report import style

    write_csv(result.frame, folder / "patterns.csv")
    rows = [
        {"part": name, "number": number, "value": pair[0], "divided_by": pair[1]}
        for name, values in sorted(result.values.items())
        for number, pair in enumerate(value if isinstance(value, tuple) else (value, math.nan) for value in values)
    ]
    write_csv(pd.DataFrame(rows), folder / "values.csv")
    pages = []
    for each in dict.fromkeys((lang, "zh", "en")):
        title = worded("page.pattern_checks", each)
        figure = worded("page.patterns_png", each)
        pages += [f"# {title}", "", *(f"{line}  " for line in head(result, each)), "", summary(result, each), "", f"![{title}]({figure})", "",
                  *markdown(result.frame, each, result.verdict), ""]  # fmt: skip
        style.save(result.plot(each), folder / figure.removesuffix(".png"), ("png", "svg"))
    (folder / "page.md").write_text("\n".join(pages), encoding="utf-8")
    manifest = {
        "kind": "validation", "version": __version__, "hash": result.scenario.hash, "seed": result.seed, "draws": result.draws,
        "counties": result.counties, "fresh": result.fresh, "patterns": list(result.keys), "overrides": dict(result.scenario.raw.get("parameters", {})),
        "status": "情景推演，不是预测 / scenario exploration, not a forecast",
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
