"""Values of parameters as an official reads them: 10%, 5,000万元, 是, 3 年; and lines that fit a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable

from edusim.declarations import Declaration
from edusim.language import text as worded
from edusim.report.tables import width_of

STATUS = {
    "clause": ("条文", "clause"), "evidence": ("研究", "evidence"), "assumption": ("设定", "assumption"), "law": ("现行", "law"),
}  # fmt: skip
#: Words of choices, for a Chinese reader.
CHOICES = {
    "refuse": "不予纳入", "report": "照办并列明", "member_staff": "成员校在职教师", "core_staff": "核心校在职教师", "eligible": "符合条件的教师",
    "given": "按原结对", "urban_mountain": "城区配山区", "near_balanced": "就近均衡", "campus": "按校区", "legal": "按法人",
    "one_way": "单向", "both_ways": "双向", "town_rural_public": "镇区与乡村公办学校", "all": "全部",
}  # fmt: skip
#: Parts of units.
PARTS = {
    "year": "年", "years": "年", "month": "月", "week": "周", "weeks": "周", "day": "天", "days": "天", "term": "学期", "hour": "小时",
    "hours": "小时", "session": "次", "sessions": "次", "school": "校", "schools": "所", "pupil": "生", "pupils": "人", "teacher": "教师",
    "teachers": "人", "group": "教共体", "groups": "个", "team": "组", "teams": "组", "class": "班", "classes": "班", "core": "核心校",
    "member": "成员校", "pair": "对", "pairs": "对", "post": "岗", "posts": "岗", "yuan": "元", "points": "分", "Z points": "Z 分", "weight": "",
    "factor": "倍", "km": "公里", "SD": "标准差", "m2": "平方米", "award": "项", "head": "校长", "substitute": "代课教师", "campus": "校区",
    "score": "分（一分为一个标准差）", "pupil SD": "标准差（学生）",
    "rotated teacher": "交流教师", "rotating teacher": "交流教师", "graduating class": "毕业班", "leader hour": "领导时", "expert hour": "专家时",
    "leader hours": "领导时", "member teacher": "成员校教师", "core backbone teacher": "核心校骨干教师", "full-time teacher": "专任教师",
    "school weeks": "教学周", "places": "个学位",
    "projects": "个项目", "choices": "个志愿", "lessons": "节", "zones": "个学区", "multimedia room": "多媒体教室",
    "lessons/week a class with a subject gap": "节/周（缺学科的班）", "lessons/week in examined subjects": "节/周（考试学科）",
    "week for other campuses": "周（用于其他校区）", "pupil SD below the open line": "标准差（线下）", "years at county mean": "年（达到县均值）",
    "years in the mountains": "年（在山区）", "years appraised excellent before being named backbone": "年（考核优秀）", "1": "1",
}  # fmt: skip

_NOTE = re.compile(r"\s*\([^)]*\)$")


def unit_text(unit: str, lang: str) -> str:
    """Return a declared unit in ``zh`` or ``en``; one whose parts are not known stays as it is declared."""
    if lang != "zh":
        return unit
    plain = _NOTE.sub("", unit)
    if plain in PARTS:
        return PARTS[plain]
    parts = plain.split("/")
    if all(part in PARTS for part in parts):
        return "/".join(PARTS[part] for part in parts)
    return unit


def value_text(declaration: Declaration, value: float, lang: str) -> str:
    """Return a value with its unit, as an official reads it."""
    zh = lang == "zh"
    if declaration.type == "bool":
        return worded("common.yes" if value else "common.no", lang)
    if declaration.type == "enum":
        word = declaration.words[int(value)]
        return CHOICES.get(word, word) if zh else word
    unit = _NOTE.sub("", declaration.unit)
    if unit.startswith("share"):
        return f"{100 * value:g}%" + ((worded("words.year_2", lang)) if unit.endswith("/year") else "")
    if unit == "1/year":
        return f"{100 * value:g}%{worded('words.year_2', lang)}"
    if zh and unit.startswith("yuan") and value and value % 1000 == 0 and value >= 10_000:
        number, shown = f"{value / 10_000:,.10g}", f"万{unit_text(unit, lang)}"
    else:
        number, shown = (f"{value:,.10g}" if abs(value) >= 1_000 else f"{value:g}"), unit_text(unit, lang)
    if not zh or not shown.isascii():
        tight = zh and bool(shown) and not shown[0].isascii() and not shown.startswith("Z")
        return number + shown if tight else f"{number} {shown}".rstrip()
    return f"{number} {shown}".rstrip()


def steps_text(declaration: Declaration, years: Iterable[int], values: Iterable[float], lang: str, first: int | None) -> str:
    """Return dated values as one text: ``2021 40% → 2022 50%``; one value without its year.

    ``first`` is the policy's first year: years are then counted from it (``第1年``); None writes them out.
    """
    pairs = list(zip(years, values, strict=True))
    if len(pairs) == 1:
        return value_text(declaration, pairs[0][1], lang)
    parts = []
    for year, value in pairs:
        if first is None:
            head = str(year) if year > 0 else (worded("words.always", lang))
        else:
            head = worded("words.year", lang, value=year - first + 1)
        parts.append(f"{head} {value_text(declaration, value, lang)}")
    return " → ".join(parts)


#: Signs that may not begin a line.
_CLOSING = set("，。、；：！？）》」』”’,.;:!?)]%")


def wrap(content: str, width: int) -> list[str]:
    """Return a text in lines of at most ``width`` places; words stay whole, Chinese breaks anywhere.

    A closing sign does not begin a line.
    """
    lines: list[str] = []
    line: list[str] = []
    room = width
    for piece in re.findall(r"\s+|[!-~]+|.", content):
        wide = width_of(piece)
        if wide <= room or not line:
            line.append(piece)
            room -= wide
        elif piece.isspace():
            lines.append("".join(line))
            line = []
            room = width
        elif piece in _CLOSING and len(line) > 1:
            carried = line.pop()
            lines.append("".join(line).rstrip())
            line = [carried, piece]
            room = width - width_of(carried) - wide
        else:
            lines.append("".join(line).rstrip())
            line = [piece]
            room = width - wide
    rest = "".join(line).rstrip()
    return [*lines, rest] if rest or not lines else lines
