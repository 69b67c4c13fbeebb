"""Check what cells of a roster say together: grades and stages, staff, groups, references between sheets."""

from __future__ import annotations

import numpy as np

from edusim.errors import DataError, did_you_mean, nearest
from edusim.region.roster_check import GroupEntry, Parsed, Roster
from edusim.region.roster_columns import SHEETS, word_in
from edusim.region.roster_report import CellError, Notice

#: Grades of each stage, zero-based.
GRADES_OF = {"primary": range(0, 6), "junior": range(6, 9), "nine_year": range(0, 9)}
#: More pupils a teacher than this, in a school that is not tiny, are a slip of the pen (the standard is 19 or 13.5).
_PUPILS_A_TEACHER, _SMALL = 40, 50
#: A county is not wider: a school this far from the middle of all, and five times as far as nearly all, is misplaced.
_FAR_KM = 100.0
#: Equipment a pupil in yuan below which a school has hardly any, and its value was more likely written in ten thousands of yuan.
_YUAN_A_PUPIL = 20.0
_PARTS_OF_STAFF = ("teachers_above_degree", "teachers_backbone", "teachers_pe_art_music", "teachers_senior")


def relate(roster: Roster) -> None:
    """Check relations and resolve groups and references; faults go to ``roster.report``."""
    _Relations(roster).run()


def _stage_told(name: str) -> str:
    """Return the stage that a Chinese name of a school tells beyond doubt, or nothing."""
    if "九年" in name or "一贯" in name:
        return "nine_year"
    if name.endswith(("小学", "小学校", "完小")):
        return "primary"
    return "junior" if name.endswith(("初级中学", "初中")) else ""


class _Relations:
    def __init__(self, roster: Roster) -> None:
        self.roster, self.report, self.schools = roster, roster.report, roster.schools
        self.row_of = {c: i for i, c in enumerate(self.schools.column("id")) if c is not None}
        self.bare: dict[str, int] = {}
        self.hints: dict[str, tuple[tuple[str, str], str]] = {}
        for code, row in self.row_of.items():
            short = code.lstrip("0")
            self.bare[short] = -1 if short in self.bare else row

    def error(
        self, code: str, parsed: Parsed, row: int, key: str, zh: str, en: str, mend: tuple[str, str] = ("", ""),
        near: str | tuple[str, str] = "",
    ) -> None:  # fmt: skip
        column = SHEETS[parsed.kind].columns[key]
        both = (near, near) if isinstance(near, str) else near
        self.report.errors.append(
            CellError(
                code, zh, en, where=parsed.where(row, key), mend_zh=mend[0], mend_en=mend[1], column=column, near=both
            )
        )

    def warn(self, code: str, where: str, zh: str, en: str) -> None:
        self.report.warnings.append(Notice(code, zh, en, where))

    def run(self) -> None:
        self._county()
        self._grades()
        self._staff()
        self._odd()
        self._places()
        self._groups()
        if "teachers" in self.roster.sheets:
            self._teachers(self.roster.sheets["teachers"])
        if "neighbourhoods" in self.roster.sheets:
            self._neighbourhoods(self.roster.sheets["neighbourhoods"])

    # ------------------------------------------------------------ schools

    def _county(self) -> None:
        """A county needs a public junior school, and public primaries if it has primaries at all."""
        stages, private = self.schools.column("stage"), self.schools.column("private")
        if None in stages:
            return
        junior = [i for i, s in enumerate(stages) if s != "primary"]
        primary = [i for i, s in enumerate(stages) if s != "junior"]
        for rows, name, zh in ((junior, "junior", "初中"), (primary, "primary", "小学")):
            if rows and any(private[i] != "yes" for i in rows):
                continue
            if not rows and name == "primary":
                continue
            self.report.errors.append(
                DataError(
                    "DATA-NO-STAGE", f"没有公办{zh}：学生无学可上", f"there is no public {name} school for pupils to go to",
                    where=self.schools.where(0, "stage"), mend_zh="请补上该学段的公办学校（九年一贯制也可）",
                    mend_en="add a public school of this stage (a nine-year school will do)",
                )
            )  # fmt: skip

    def _grades(self) -> None:
        """Pupils by grade must belong to the stage and sum to the total; seats should suffice."""
        total, seats = self.schools.column("pupils"), self.schools.column("seats")
        by_grade = [self.schools.column(f"pupils_g{g}") for g in range(1, 10)]
        for row, stage in enumerate(self.schools.column("stage")):
            if stage is None:
                continue
            own = GRADES_OF[stage]
            for g in range(9):
                value = by_grade[g][row]
                if value and g not in own:
                    self.error(
                        "DATA-GRADE", self.schools, row, f"pupils_g{g + 1}", f"{word_in('stage', stage, 'zh')}没有{g + 1}年级",
                        f"a {stage} school has no grade {g + 1}", ("请留空，或改正学段", "leave it empty, or correct the stage"),
                    )  # fmt: skip
            given = [by_grade[g][row] for g in own if by_grade[g][row] is not None]
            known = sum(given)
            if total[row] is not None and (known > total[row] or (len(given) == len(own) and known != total[row])):
                self.error(
                    "DATA-SUM", self.schools, row, "pupils", f"合计 {total[row]:g} 与各年级之和 {known:g} 不符",
                    f"the total {total[row]:g} differs from the sum of the grades {known:g}",
                    (f"最近的可用值：{known:g}", f"nearest valid value: {known:g}"), f"{known:g}",
                )  # fmt: skip
            pupils = total[row] if total[row] is not None else known
            if seats[row] is not None and pupils > seats[row]:
                self.warn(
                    "DATA-CROWDED", self.schools.where(row, "seats"), f"学位 {seats[row]:g} 少于在校学生 {pupils:g}",
                    f"{seats[row]:g} seats are fewer than {pupils:g} pupils",
                )  # fmt: skip
            if total[row] == 0:
                self.warn("DATA-NO-PUPILS", self.schools.where(row, "pupils"), "没有学生", "the school has no pupils")

    def _staff(self) -> None:
        staff = self.schools.column("teachers")
        for key in _PARTS_OF_STAFF:
            for row, value in enumerate(self.schools.column(key)):
                if value is not None and staff[row] is not None and value > staff[row]:
                    self.error(
                        "DATA-STAFF", self.schools, row, key, f"{value:g} 多于专任教师数 {staff[row]:g}",
                        f"{value:g} is more than the {staff[row]:g} teachers",
                        (f"最近的可用值：{staff[row]:g}", f"nearest valid value: {staff[row]:g}"), f"{staff[row]:g}",
                    )  # fmt: skip

    def _odd(self) -> None:
        """Point at what is possible but hardly meant: classes, allowances, fees and names that do not fit."""
        s = self.schools
        columns = (
            "stage", "zone", "private", "name", "pupils", "teachers", "allowance_class", "fee_yuan_year", "equipment_yuan",
        )  # fmt: skip
        for row, (stage, zone, private, name, pupils, staff, allowance, fee, equipment) in enumerate(
            zip(*(s.column(k) for k in columns), strict=True)
        ):
            if pupils is not None and staff and pupils >= _SMALL and pupils / staff > _PUPILS_A_TEACHER:
                self.warn(
                    "DATA-RATIO", s.where(row, "teachers"), f"生师比 {pupils / staff:.1f} 异常，请核对学生数与教师数",
                    f"{pupils / staff:.1f} pupils a teacher look wrong: please look at both numbers again",
                )  # fmt: skip
            if equipment and pupils is not None and pupils >= _SMALL and equipment / pupils < _YUAN_A_PUPIL:
                self.warn(
                    "DATA-TEN-THOUSAND", s.where(row, "equipment_yuan"), f"生均教学仪器设备值 {equipment / pupils:.1f} 元过低，是否按万元填写？本列单位为元",
                    f"{equipment / pupils:.1f} yuan of equipment a pupil look wrong: this column is in yuan, not in ten thousands of yuan",
                )  # fmt: skip
            if allowance in ("a", "b") and zone == "urban":
                self.warn(
                    "DATA-ALLOWANCE", s.where(row, "allowance_class"), "城区学校通常不享受乡村特岗津贴，请核对",
                    "an urban school usually has no rural post allowance: please look again",
                )  # fmt: skip
            if fee and private == "no":
                self.warn(
                    "DATA-FEE", s.where(row, "fee_yuan_year"), f"公办学校填有学费 {fee:g} 元，请核对办学性质",
                    f"a public school with a fee of {fee:g} yuan: please look at its ownership again",
                )  # fmt: skip
            told = _stage_told(name or "")
            if told and stage is not None and stage != told:
                self.warn(
                    "DATA-NAME-STAGE", s.where(row, "stage"),
                    f"学段填为{word_in('stage', stage, 'zh')}，而校名像是{word_in('stage', told, 'zh')}，请核对",
                    f"the stage is {stage}, but the name sounds like {told}: please look again",
                )  # fmt: skip

    def _places(self) -> None:
        """Point at coordinates that are half given, look like degrees, or lie far from every other school."""
        s = self.schools
        x, y = s.numbers("x_km"), s.numbers("y_km")
        known = ~(np.isnan(x) | np.isnan(y))
        for row in np.flatnonzero(np.isnan(x) != np.isnan(y)).tolist():
            key, other = ("y_km", "x_km") if np.isnan(x[row]) else ("x_km", "y_km")
            if (row, other) in s.refused:
                continue
            self.warn(
                "DATA-HALF-PLACE", s.where(row, key), "只填了一个坐标：两个坐标都将抽取",
                "one coordinate alone: both will be drawn",
            )  # fmt: skip
        if known.sum() < 3:
            return
        if (known & (x > 73) & (x < 136) & (y > 17) & (y < 54)).sum() == known.sum() and np.ptp(x[known]) < 5:
            self.warn(
                "DATA-DEGREES", s.where(int(np.flatnonzero(known)[0]), "x_km"), "坐标像是经纬度：请换算为公里",
                "the coordinates look like degrees: give kilometres",
            )  # fmt: skip
        away = np.hypot(x - np.median(x[known]), y - np.median(y[known]))
        usual = max(float(np.quantile(away[known], 0.9, method="lower")), _FAR_KM / 5)
        for row in np.flatnonzero(known & (away > _FAR_KM) & (away > 5 * usual)).tolist():
            self.warn(
                "DATA-FAR", s.where(row, "x_km"), f"离其余学校约 {away[row]:.0f} 公里，请核对坐标",
                f"about {away[row]:.0f} km from the other schools: please look at its coordinates again",
            )  # fmt: skip

    # ------------------------------------------------------------ groups

    def _groups(self) -> None:
        self.entries: dict[str, GroupEntry] = {}
        self.leads: dict[int, str] = {}
        self.member_of: dict[int, str] = {}
        self.outside: dict[str, bool] = {}
        self.unclear: set[str] = set()  # groups of which a core may be among what was refused
        for row in range(self.schools.n):
            self._group_of_school(row)
        if "groups" in self.roster.sheets:
            self._groups_sheet(self.roster.sheets["groups"])
        allow_outside = self.roster.mapping.of("schools").group_without_core == "outside"
        for name, entry in self.entries.items():
            says = self.outside.get(name)
            if entry.core >= 0 and says:
                self._plain_error(
                    "DATA-CORE-TWICE", entry.where, f"教共体“{name}”的核心校既在表内又在县外",
                    f'the core of group "{name}" is both in the roster and outside',
                    ("请将“核心校在县外”改为否", "set core_outside to no"), near=("否", "no"),
                )  # fmt: skip
            elif entry.core < 0 and not says:
                if name in self.unclear:
                    continue
                if allow_outside and says is None:
                    entry.core_outside = True
                    self.report.normalised.append(
                        Notice("DATA-CORE-OUTSIDE", f"教共体“{name}”没有核心校，视为核心校在县外",
                               f'group "{name}" has no core here: its core is taken to lie outside', entry.where)
                    )  # fmt: skip
                    continue
                near = nearest(name, [n for n in self.entries if n != name])
                self._plain_error(
                    "DATA-NO-CORE", entry.where, f"教共体“{name}”没有核心校", f'group "{name}" has no core school',
                    ("请给出核心校，或将“核心校在县外”填为是" + (f"；或者是否想写“{near}”？" if near else ""),
                     "name its core, or set core_outside to yes" + (f'; or did you mean "{near}"?' if near else "")),
                    near=near or "",
                )  # fmt: skip
            entry.core_outside = bool(says) and entry.core < 0
            if not entry.members:
                self.warn("DATA-NO-MEMBER", entry.where, f"教共体“{name}”没有成员校", f'group "{name}" has no member')
        self.roster.groups = [self.entries[name] for name in sorted(self.entries)]

    def _plain_error(
        self, code: str, where: str, zh: str, en: str, mend: tuple[str, str], near: str | tuple[str, str] = ""
    ) -> None:
        both = (near, near) if isinstance(near, str) else near
        self.report.errors.append(CellError(code, zh, en, where=where, mend_zh=mend[0], mend_en=mend[1], near=both))

    def _entry(self, name: str, where: str) -> GroupEntry:
        return self.entries.setdefault(name, GroupEntry(name, where=where))

    def _group_of_school(self, row: int) -> None:
        s = self.schools
        name, role, second = (s.column(k)[row] for k in ("group", "group_role", "member_group"))
        if name is None:
            if role not in (None, "none") and (row, "group") not in s.refused:
                self.error(
                    "DATA-GROUP-ROLE", s, row, "group", "有角色但没有教共体", "a role without a group",
                    ("请填写教共体，或将角色改为无", "name the group, or set the role to none"),
                )  # fmt: skip
            return
        if (row, "group_role") in s.refused:
            self._entry(name, s.where(row, "group"))
            self.unclear.add(name)
            return
        if role in (None, "none"):
            self.error(
                "DATA-GROUP-ROLE", s, row, "group_role", f"在教共体“{name}”中的角色没有填写", f'its role in group "{name}" is missing',
                ("请填核心校或成员校", "write core or member"),
            )  # fmt: skip
            return
        where = s.where(row, "group")
        self._entry(name, where)
        if role in ("core", "core_and_member"):
            self._lead(name, row, where)
        if role == "member":
            self._join(name, row, where)
        if role == "core_and_member":
            if second is None:
                self.error(
                    "DATA-GROUP-ROLE", s, row, "member_group", "核心校兼成员校须填写作为成员所在的教共体",
                    "a core that is also a member needs the group in which it is a member",
                    ("请填写，或将角色改为核心校", "fill it in, or set the role to core"),
                )  # fmt: skip
            else:
                self._entry(second, s.where(row, "member_group"))
                self._join(second, row, s.where(row, "member_group"))
        says = s.column("core_outside")[row]
        if says is not None:
            self._say_outside(name, says == "yes", s.where(row, "core_outside"))

    def _say_outside(self, name: str, value: bool, where: str) -> None:
        if self.outside.setdefault(name, value) != value:
            self._plain_error(
                "DATA-CORE-TWICE", where, f"教共体“{name}”的“核心校在县外”前后不一",
                f'group "{name}" is said to have its core outside and not outside', ("请统一", "make them the same"),
            )  # fmt: skip

    def _lead(self, name: str, row: int, where: str) -> None:
        entry = self._entry(name, where)
        if entry.core not in (-1, row):
            other = self.schools.where(entry.core, "id")
            self._plain_error(
                "DATA-TWO-CORES", where, f"教共体“{name}”有两所核心校（另见 {other}）", f'group "{name}" has two cores (see also {other})',
                ("只能有一所核心校：请将另一所改为成员校", "a group has one core: make the other a member"),
                near=(word_in("group_role", "member", "zh"), word_in("group_role", "member", "en")),
            )  # fmt: skip
            return
        if self.leads.setdefault(row, name) != name:
            self._plain_error(
                "DATA-TWO-GROUPS", where, f"该校同时是“{self.leads[row]}”与“{name}”的核心校",
                f'the school leads both "{self.leads[row]}" and "{name}"', ("只能领办一个教共体", "a school may lead one group"),
            )  # fmt: skip
            return
        entry.core = row
        self._not_both(entry, row, where)

    def _join(self, name: str, row: int, where: str) -> None:
        entry = self._entry(name, where)
        if self.member_of.setdefault(row, name) != name:
            self._plain_error(
                "DATA-TWO-GROUPS", where, f"该校同时是“{self.member_of[row]}”与“{name}”的成员校",
                f'the school is a member of both "{self.member_of[row]}" and "{name}"',
                ("只能是一个教共体的成员校", "a school may be a member of one group"),
            )  # fmt: skip
            return
        if row not in entry.members:
            entry.members.append(row)
        self._not_both(entry, row, where)

    def _not_both(self, entry: GroupEntry, row: int, where: str) -> None:
        if entry.core == row and row in entry.members:
            self._plain_error(
                "DATA-GROUP-TWICE", where, f"该校在教共体“{entry.name}”中既是核心校又是成员校",
                f'the school is listed twice in group "{entry.name}", as core and as member', ("只保留一个角色", "keep one role"),
            )  # fmt: skip

    def _groups_sheet(self, sheet: Parsed) -> None:
        seen: set[str] = set()
        for row, name in enumerate(sheet.column("id")):
            if name is None:
                continue
            where = sheet.where(row, "id")
            if name in seen:
                continue  # the id is a duplicate and was refused as such
            seen.add(name)
            entry = self._entry(name, where)
            core = sheet.column("core")[row]
            if core is not None:
                found = self._school(sheet, row, "core", core)
                if found >= 0:
                    self._lead(name, found, sheet.where(row, "core"))
                else:
                    self.unclear.add(name)
            listed: set[int] = set()
            for code in sheet.column("members")[row] or []:
                found = self._school(sheet, row, "members", code)
                if found in listed:
                    self.error(
                        "DATA-GROUP-TWICE", sheet, row, "members", f"学校 {code} 列了两次", f"school {code} is listed twice",
                        ("每所学校只列一次", "list each school once"),
                    )  # fmt: skip
                elif found >= 0:
                    self._join(name, found, sheet.where(row, "members"))
                listed.add(found)
            says = sheet.column("core_outside")[row]
            if says is not None:
                self._say_outside(name, says == "yes", sheet.where(row, "core_outside"))
            year = sheet.column("year_formed")[row]
            entry.year_formed = None if year is None else int(year)
            for key in ("outside_distance_km", "outside_management", "outside_quality"):
                value = sheet.column(key)[row]
                if value is not None:
                    entry.outside[key] = float(value)

    # ------------------------------------------------------------ references

    def _school(self, sheet: Parsed, row: int, key: str, code: str) -> int:
        found = self.row_of.get(code, -1)
        if found < 0:
            found = self.bare.get(code.lstrip("0"), -1)
            if found >= 0:
                whole = self.schools.column("id")[found]
                several = sheet.column(key)[row] if SHEETS[sheet.kind].columns[key].kind == "references" else [code]
                whole_cell = "、".join(self._whole(c) for c in several)
                self.report.normalised.append(
                    Notice("DATA-LEADING-ZERO", f"学校编号 {code} 读作 {whole}", f"school id {code} was read as {whole}",
                           sheet.where(row, key), whole_cell)
                )  # fmt: skip
        if found < 0:
            if code not in self.hints:
                self.hints[code] = (did_you_mean(code, self.row_of), nearest(code, self.row_of) or "")
            self.error(
                "DATA-UNKNOWN-SCHOOL", sheet, row, key, f"学校表中没有编号 {code}", f"the schools sheet has no id {code}",
                *self.hints[code],
            )  # fmt: skip
        return found

    def _whole(self, code: str) -> str:
        """Return the id of the school that a code with or without its zeros means, else the code."""
        found = self.bare.get(code.lstrip("0"), -1)
        return code if code in self.row_of or found < 0 else str(self.schools.column("id")[found])

    def _teachers(self, sheet: Parsed) -> None:
        rows = [
            -1 if code is None else self._school(sheet, i, "school", code)
            for i, code in enumerate(sheet.column("school"))
        ]
        sheet.values["school_row"] = rows
        age, experience = sheet.column("age"), sheet.column("experience")
        for i in range(sheet.n):
            if age[i] is not None and experience[i] is not None and age[i] - experience[i] < 15:
                self.error(
                    "DATA-AGE", sheet, i, "experience", f"教龄 {experience[i]:g} 与年龄 {age[i]:g} 不符",
                    f"{experience[i]:g} years of teaching do not fit an age of {age[i]:g}",
                    (f"最大的可用值：{max(age[i] - 15, 0):g}", f"highest valid value: {max(age[i] - 15, 0):g}"),
                    f"{max(age[i] - 15, 0):g}",
                )  # fmt: skip
            stay = sheet.column("years_at_post")[i]
            if stay is not None and experience[i] is not None and stay > experience[i] + 1:
                self.warn(
                    "DATA-YEARS", sheet.where(i, "years_at_post"), f"在本校 {stay:g} 年，多于教龄 {experience[i]:g} 年，请核对",
                    f"{stay:g} years at the school are more than {experience[i]:g} years of teaching: please look again",
                )  # fmt: skip
        listed = np.bincount([r for r in rows if r >= 0], minlength=self.schools.n)
        homeless = rows.count(-1)  # these may belong to any school that lacks some
        for row, value in enumerate(self.schools.column("teachers")):
            if value is not None and listed[row] < value <= listed[row] + homeless:
                continue
            if value is not None and listed[row] not in (0, int(value)):
                self.error(
                    "DATA-SUM", self.schools, row, "teachers", f"{value:g} 与教师表中的 {listed[row]} 人不符",
                    f"{value:g} differs from the {listed[row]} teachers listed",
                    (f"最近的可用值：{listed[row]}", f"nearest valid value: {listed[row]}"), f"{listed[row]}",
                )  # fmt: skip

    def _neighbourhoods(self, sheet: Parsed) -> None:
        stages, private = self.schools.column("stage"), self.schools.column("private")
        served: dict[str, set[int]] = {}
        junior_only = "primary" not in stages and "nine_year" not in stages
        for key, other, zh in (("catchment_primary", "junior", "小学"), ("catchment_junior", "primary", "初中")):
            rows: list[int] = []
            for i, code in enumerate(sheet.column(key)):
                found = -1 if code is None else self._school(sheet, i, key, code)
                if found >= 0 and (stages[found] == other or private[found] == "yes"):
                    self.error(
                        "DATA-CATCHMENT", sheet, i, key, f"学校 {code} 不是公办{zh}", f"school {code} is not a public school of this stage",
                        (f"请填公办{zh}或九年一贯制学校", "name a public school that teaches this stage"),
                    )  # fmt: skip
                rows.append(found)
            sheet.values[f"{key}_row"] = rows
            served[key] = set(rows)
        for key, other in (("catchment_primary", "junior"), ("catchment_junior", "primary")):
            if -1 in served[key] or None in stages or (junior_only and key == "catchment_primary"):
                continue
            for row, stage in enumerate(stages):
                if stage != other and private[row] != "yes" and row not in served[key]:
                    self.error(
                        "DATA-NO-CATCHMENT", self.schools, row, "id", "没有片区以该校为对口学校", "no neighbourhood has this school as its catchment",
                        ("请在片区表中补上，或将对口学校留空（按最近学校）", "add it to the neighbourhoods, or leave catchments empty (nearest school)"),
                    )  # fmt: skip
