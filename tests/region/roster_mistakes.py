"""A county of 500 schools in the template's workbook, and mistakes planted in it: each with its cell, level and mend."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from edusim.region.roster_cells import letters
from edusim.region.roster_columns import SHEETS, word_in
from edusim.region.roster_template import template

N = 500
FIRST = 3
TEACHERS_OF = (40, 41, 42, 43, 44, 45, 46, 47)
COLUMNS = {kind: list(sheet.columns) for kind, sheet in SHEETS.items()}
TITLES = {kind: sheet.zh for kind, sheet in SHEETS.items()}


@dataclass(frozen=True)
class Mistake:
    """One planted mistake: what is written where, and what the check must say of it."""

    what: str
    kind: str
    row: int
    key: str
    value: Any
    level: str
    code: str
    near: tuple[str, str] = ("", "")
    read_as: Any = None
    place: str = ""
    told_at: str = ""

    @property
    def cell(self) -> str:
        """The cell in which it is planted."""
        return self.place or f"{letters(COLUMNS[self.kind].index(self.key))}{self.row + FIRST}"

    @property
    def where(self) -> str:
        """The place that the check must name."""
        return f"{TITLES[self.kind]}!{self.told_at or self.cell}"


def both(words: str, code: str) -> tuple[str, str]:
    return word_in(words, code, "zh"), word_in(words, code, "en")


def same(value: str) -> tuple[str, str]:
    return value, value


E, W, S = "errors", "warnings", "normalised"
MISTAKES: tuple[Mistake, ...] = (
    Mistake("an unknown stage", "schools", 4, "stage", "初忠", E, "DATA-WORD", both("stage", "junior")),
    Mistake("an unknown zone", "schools", 5, "zone", "山去", E, "DATA-WORD", both("zone", "mountain")),
    Mistake("an unknown allowance", "schools", 6, "allowance_class", "甲级", E, "DATA-WORD", both("allowance_class", "a")),
    Mistake("an unknown role", "schools", 50, "group_role", "核心学校", E, "DATA-WORD", both("group_role", "core")),
    Mistake("a word with a space in it", "schools", 34, "stage", "小　学", S, "DATA-FULL-WIDTH", same("小学"), "小学"),
    Mistake("full-width digits", "schools", 8, "pupils", "５９０", S, "DATA-NUMBER-TEXT", same("590"), 590),
    Mistake("a sign for thousands", "schools", 9, "seats", "1,350", S, "DATA-NUMBER-TEXT", same("1350"), 1350),
    Mistake("a share in per cent", "schools", 10, "satisfaction", "86%", S, "DATA-NUMBER-TEXT", same("0.86"), 0.86),
    Mistake("a share from 0 to 100", "schools", 11, "satisfaction", 86, E, "DATA-RANGE", same("0.86")),
    Mistake("a lost zero", "schools", 12, "id", 330012, S, "DATA-LEADING-ZERO", same("0330012"), "0330012"),
    Mistake("a lost zero, or another school", "schools", 13, "id", 330100, E, "DATA-ZEROS-UNCLEAR", same("0330100")),
    Mistake("an id twice", "schools", 14, "id", "0330015", E, "DATA-DUPLICATE-ID", told_at="A18"),
    Mistake("more backbone teachers than teachers", "schools", 16, "teachers_backbone", 99, E, "DATA-STAFF", same("31")),
    Mistake("a word about a number", "schools", 17, "teachers", "约40人", E, "DATA-NOT-NUMBER", same("40")),
    Mistake("a required cell that is empty", "schools", 18, "zone", None, E, "DATA-MISSING-VALUE"),
    Mistake("a number out of range", "schools", 19, "z_score", 12.5, E, "DATA-RANGE", same("6")),
    Mistake("a negative area", "schools", 20, "buildings_m2", -3200, E, "DATA-RANGE", same("0")),
    Mistake("half a pupil", "schools", 21, "pupils", 512.4, E, "DATA-NOT-WHOLE", same("512")),
    Mistake("a date for a number", "schools", 22, "pupils", datetime.datetime(2024, 3, 5), E, "DATA-DATE"),
    Mistake("a formula error", "schools", 23, "equipment_yuan", "#REF!", E, "DATA-FORMULA"),
    Mistake("a total that is not the sum of grades", "schools", 24, "pupils", 500, E, "DATA-SUM", same("480")),
    Mistake("a grade that the stage has not", "schools", 25, "pupils_g7", 30, E, "DATA-GRADE"),
    Mistake("coordinates off the map", "schools", 26, "x_km", 5000, E, "DATA-RANGE", same("1000")),
    Mistake("a school far from all others", "schools", 27, "x_km", 640, W, "DATA-FAR"),
    Mistake("one coordinate alone", "schools", 28, "y_km", None, W, "DATA-HALF-PLACE", told_at="X31"),
    Mistake("an odd number of pupils a teacher", "schools", 29, "teachers", 6, W, "DATA-RATIO"),
    Mistake("a name of another stage", "schools", 30, "name", "石桥镇第三十初级中学", W, "DATA-NAME-STAGE", told_at="C33"),
    Mistake("a fee of a public school", "schools", 31, "fee_yuan_year", 3000, W, "DATA-FEE"),
    Mistake("fewer seats than pupils", "schools", 32, "seats", 300, W, "DATA-CROWDED"),
    Mistake("an allowance in town", "schools", 0, "allowance_class", "甲类", W, "DATA-ALLOWANCE"),
    Mistake("a group misspelt", "schools", 61, "group", "第三教共休", E, "DATA-NO-CORE", same("第三教共体")),
    Mistake("a column twice", "schools", -2, "", "学位数", E, "DATA-DUPLICATE-HEADER", place="AS1"),
    Mistake("an unknown column", "schools", -2, "", "家长满意程度", E, "DATA-UNKNOWN-HEADER", ("家长满意度", "satisfaction"), place="AT1"),
    Mistake("merged cells", "schools", 60, "", None, E, "DATA-MERGED", place="AV103", told_at="AV103:AV104"),
    Mistake("an unknown core", "groups", 3, "core", "O330065", E, "DATA-UNKNOWN-SCHOOL", same("0330065")),
    Mistake("a year out of range", "groups", 4, "year_formed", 20222, E, "DATA-RANGE", same("2100")),
    Mistake("a member without its zeros", "groups", 5, "members", "330101、0330102、0330103、0330104", S, "DATA-LEADING-ZERO",
            same("0330101、0330102、0330103、0330104"), "0330101、0330102、0330103、0330104"),
    Mistake("a teacher of no school", "teachers", 2, "school", "O330040", E, "DATA-UNKNOWN-SCHOOL", same("0330040")),
    Mistake("a full-width code", "teachers", 3, "school", "０３３００４０", S, "DATA-FULL-WIDTH", same("0330040"), "0330040"),
    Mistake("more experience than years of life", "teachers", 4, "experience", 40, E, "DATA-AGE", same("20")),
    Mistake("more years at the school than of teaching", "teachers", 5, "years_at_post", 30, W, "DATA-YEARS"),
    Mistake("an unknown subject", "teachers", 6, "subject", "语纹", E, "DATA-WORD", both("subject", "chinese")),
    Mistake("a code whose digits are lost", "teachers", 7, "id", 3.30183199001011e17, E, "DATA-DIGITS-LOST"),
    Mistake("an invisible space", "teachers", 8, "age", "\u00a042\u200b", S, "DATA-NUMBER-TEXT", same("42"), 42),
)  # fmt: skip


def county() -> dict[str, list[dict[str, Any]]]:
    """Return 500 schools with their groups and the teachers of eight of them: nothing wrong, some cells empty."""
    schools = []
    for i in range(N):
        stage = "nine_year" if i % 17 == 16 else "junior" if i % 4 == 3 else "primary"
        zone = ("urban", "town", "rural", "mountain")[i % 10 // 3]
        size = 240 + 37 * (i % 13)
        kind = {"primary": "小学", "junior": "初级中学", "nine_year": "九年一贯制学校"}[stage]
        row: dict[str, Any] = {
            "id": f"0330{i:03d}", "name": f"青溪县第{i}{kind}", "stage": stage, "zone": zone, "private": "no",
            "boarding": "yes" if zone == "mountain" else None, "pupils": size, "seats": size + 60, "x_km": round(i % 25 - 12.3, 1),
            "y_km": round(i // 25 - 9.7, 1), "buildings_m2": 9 * size, "sports_m2": 8 * size if i % 3 else None,
            "equipment_yuan": 3000 * size if i % 5 else None, "rooms": size // 40, "operating_yuan_pupil": 850 if i % 7 else None,
            "teachers": size // 15, "teachers_above_degree": size // 16 if i % 2 else None, "teachers_backbone": size // 90,
            "satisfaction": 0.9 if i % 6 else None,
        }  # fmt: skip
        if stage == "junior":
            row |= {"quota_places": size // 12 if i % 8 != 3 else None, "quota_unfilled_share": 0.1}
        schools.append(row)
    for i in (24, 25):
        schools[i] |= {"stage": "primary", "pupils": 480, "seats": 600} | {f"pupils_g{g}": 80 for g in range(1, 7)}
        schools[i]["name"] = f"青溪县第{i}小学"
    groups = []
    for g in range(20):
        core, *members = range(50 + 5 * g, 55 + 5 * g) if g != 5 else (155, 101, 102, 103, 104)
        name = f"第{'零一二三四五六七八九'[g % 10]}教共体" + ("（东）" if g >= 10 else "")
        if g == 10:
            continue  # its schools would be those of group 5
        groups.append({"id": name, "core": f"0330{core:03d}", "year_formed": 2020 + g % 4})
        if g != 5:
            for i in (core, *members):
                schools[i] |= {"group": name, "group_role": "core" if i == core else "member"}
        else:
            groups[-1] |= {"core": "0330100", "members": "、".join(f"0330{i:03d}" for i in members)}
    teachers = []
    for i in TEACHERS_OF:
        for _ in range(schools[i]["teachers"]):
            t = len(teachers)
            age = 24 + t % 30
            teachers.append(
                {"id": f"T{t:04d}", "school": f"0330{i:03d}", "subject": ("chinese", "maths", "english")[t % 3], "age": age,
                 "experience": age - 23, "degree": "bachelor", "title": "middle" if t % 4 else None, "pay_yuan_year": 90000 + 100 * t,
                 "years_at_post": min(age - 23, 5)}
            )  # fmt: skip
    teachers[4]["age"] = 35
    for row in (16, 29, 30, 32):
        schools[row] |= {"stage": "primary", "name": f"青溪县第{row}小学", "pupils": 465, "seats": 600, "teachers": 31}
        schools[row] |= {"teachers_above_degree": None, "teachers_backbone": 5, "quota_places": None, "quota_unfilled_share": None}
    return {"schools": schools, "groups": groups, "teachers": teachers}


def write(path: Path, mistakes: tuple[Mistake, ...] = MISTAKES, lang: str = "zh") -> Path:
    """Write the county into the template's workbook, then plant mistakes."""
    template(path, lang)
    book = openpyxl.load_workbook(path)
    for kind, rows in county().items():
        sheet = book[TITLES[kind]]
        for number, given in enumerate(rows, start=FIRST):
            for position, key in enumerate(COLUMNS[kind], start=1):
                value = given.get(key)
                if value is not None:
                    words = SHEETS[kind].columns[key].words
                    sheet.cell(number, position).value = word_in(words, value, lang) if words else value
    for mistake in mistakes:
        sheet = book[TITLES[mistake.kind]]
        if mistake.code == "DATA-MERGED":
            sheet.merge_cells(mistake.told_at)
        elif mistake.value == "#REF!":
            sheet[mistake.cell].value, sheet[mistake.cell].data_type = "#REF!", "e"
        else:
            sheet[mistake.cell].value = mistake.value
    book.save(path)
    return path
