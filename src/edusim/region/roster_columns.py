"""The words of a roster: its sheets, columns and codes, each with a Chinese and an English name.

This is the one list that reading, checking, the template and the documentation share. A header is
recognised by its key, its Chinese or English name or a synonym; width (full or half), case, spaces and a
unit in brackets do not matter. Columns whose header begins with ``_`` and columns of remarks are left
alone.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: Words of each coded column: code -> (Chinese, English, further synonyms).
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "stage": {
        "primary": ("小学", "primary", "小学校", "primary school", "完全小学", "完小", "中心小学"),
        "junior": ("初中", "junior", "初级中学", "junior secondary", "junior high", "完全中学", "中学"),
        "nine_year": ("九年一贯制", "nine_year", "九年一贯制学校", "nine-year", "九年制", "九年一贯"),
    },
    "zone": {
        "urban": ("城区", "urban", "主城区", "城市", "市区", "county seat"),
        "town": ("镇区", "town", "乡镇", "城镇", "township"),
        "rural": ("乡村", "rural", "农村", "村"),
        "mountain": ("山区", "mountain", "西部山区", "偏远山区"),
    },
    "group_role": {
        "none": ("无", "none", "未加入"),
        "core": ("核心校", "core", "核心", "牵头校", "龙头学校", "学区长学校", "总校"),
        "member": ("成员校", "member", "成员", "成员学校", "+校"),
        "core_and_member": ("核心校兼成员校", "core_and_member", "核心兼成员"),
    },
    "allowance_class": {
        "none": ("无", "none", "不享受"),
        "b": ("乙类", "b", "二类", "B类", "普通"),
        "a": ("甲类", "a", "一类", "A类"),
    },
    "subject": {
        "chinese": ("语文", "chinese"),
        "maths": ("数学", "maths", "math", "mathematics"),
        "english": ("英语", "english", "外语"),
        "science": ("科学", "science", "物理", "化学", "生物", "理化", "physics", "chemistry", "biology"),
        "humanities": (
            "人文", "humanities", "道德与法治", "政治", "历史", "地理", "品德", "思想品德",
            "civics", "history", "geography",
        ),
        "pe": ("体育", "pe", "体育与健康", "physical education"),
        "art": ("美术", "art"),
        "music": ("音乐", "music"),
    },
    "title": {
        "junior": ("初级", "junior", "三级", "二级", "二级教师", "三级教师", "未定级"),
        "middle": ("中级", "middle", "一级", "一级教师"),
        "senior": ("高级", "senior", "副高级", "正高级", "高级教师", "正高级教师"),
    },
    "degree": {
        "below_associate": ("中专及以下", "below_associate", "中专", "中师", "高中", "中专及以下学历"),
        "associate": ("专科", "associate", "大专", "专科毕业"),
        "bachelor": ("本科", "bachelor", "大学本科", "学士", "本科毕业"),
        "graduate": ("研究生", "graduate", "硕士", "博士", "master", "doctor", "硕士研究生", "博士研究生"),
    },
    "yes_no": {
        "yes": ("是", "yes", "true", "1", "y", "有", "√", "✓"),
        "no": ("否", "no", "false", "0", "n", "无", "没有", "×"),
    },
    "ownership": {
        "yes": ("民办", "private", "是", "yes", "true", "1", "y"),
        "no": ("公办", "public", "否", "no", "false", "0", "n"),
    },
}  # fmt: skip


@dataclass(frozen=True)
class RosterColumn:
    """One column of a roster.

    ``kind`` is one of ``code`` (an identifier, kept as text), ``text``, ``integer``, ``number``, ``share``
    (0-1, ``35%`` is read too), ``word`` (a word of ``words``), ``reference`` (the id of a school) and
    ``references`` (several ids). ``low`` and ``high`` are inclusive.
    """

    key: str
    zh: str
    en: str
    kind: str
    unit: str
    meaning_zh: str
    meaning_en: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    words: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class RosterSheet:
    """One sheet of a workbook, or one CSV file of a folder."""

    key: str
    zh: str
    en: str
    columns: dict[str, RosterColumn] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()


def _sheet(key: str, zh: str, en: str, synonyms: tuple[str, ...], columns: list[RosterColumn]) -> RosterSheet:
    return RosterSheet(key, zh, en, {c.key: c for c in columns}, synonyms)


_C = RosterColumn
_GRADE = "一二三四五六七八九"

SHEETS: dict[str, RosterSheet] = {
    "schools": _sheet("schools", "学校", "schools", ("学校信息", "学校表", "学校名单", "school"), [
        _C("id", "学校编号", "id", "code", "", "学校（校区）的唯一编号，文本格式", "unique code of the campus, as text",
           required=True, synonyms=("学校代码", "学校标识码", "编号", "school_id", "school id", "school code", "code")),
        _C("name", "学校名称", "name", "text", "", "只用于本地对照表（edusim check --key），不进入任何结果", "used in the local key file only (edusim check --key), in no result",
           synonyms=("校名", "学校", "school", "school name")),
        _C("stage", "学段", "stage", "word", "", "小学、初中或九年一贯制", "primary, junior or nine_year",
           required=True, words="stage", synonyms=("学校类别", "学校类型", "办学类型", "school type")),
        _C("zone", "城乡类型", "zone", "word", "", "城区、镇区、乡村或山区", "urban, town, rural or mountain",
           required=True, words="zone", synonyms=("城乡", "城乡分类", "区域", "地区类型")),
        _C("private", "办学性质", "private", "word", "", "民办或公办；缺省为公办", "private or public; public when empty",
           words="ownership", synonyms=("是否民办", "公办民办", "办别", "is_private")),
        _C("fee_yuan_year", "学费", "fee_yuan_year", "number", "元/年", "民办学校每生每年学费", "yearly fee of a private school", low=0,
           high=1e6, synonyms=("每年学费", "fee")),
        _C("boarding", "寄宿制", "boarding", "word", "", "是否可以寄宿", "whether pupils may board", words="yes_no",
           synonyms=("是否寄宿", "寄宿", "has_boarding")),
        _C("allowance_class", "津贴类别", "allowance_class", "word", "", "乡村特岗津贴类别：甲类、乙类或无",
           "class of the post allowance of its place: a, b or none", words="allowance_class", synonyms=("特岗津贴类别",)),
        _C("group", "教共体", "group", "text", "", "所在教共体（集团）的名称或编号", "name or code of its school group",
           synonyms=("教育集团", "集团", "教共体名称", "学区", "education_group", "school group")),
        _C("group_role", "教共体角色", "group_role", "word", "", "核心校、成员校、核心校兼成员校或无",
           "core, member, core_and_member or none", words="group_role", synonyms=("角色", "集团角色", "role")),
        _C("member_group", "所属另一教共体", "member_group", "text", "", "核心校兼成员校时，作为成员所在的教共体",
           "for core_and_member: the group in which it is a member", synonyms=("作为成员所属教共体",)),
        _C("core_outside", "核心校在县外", "core_outside", "word", "", "该教共体的核心校是否在本表之外",
           "whether the core of its group lies outside this roster", words="yes_no", synonyms=("核心校在外",)),
        _C("pupils", "在校学生数", "pupils", "integer", "人", "各年级合计", "all grades together", low=0, high=20000,
           synonyms=("学生数", "在校生数", "学生总数", "enrolment", "enrollment")),
        *[
            _C(f"pupils_g{g}", f"{_GRADE[g - 1]}年级人数", f"pupils_g{g}", "integer", "人", f"{_GRADE[g - 1]}年级在校学生数",
               f"pupils in grade {g}", low=0, high=5000,
               synonyms=(f"{_GRADE[g - 1]}年级", f"{g}年级", f"{g}年级人数", f"grade {g}", f"g{g}")
               + ((f"初{_GRADE[g - 7]}", f"初{_GRADE[g - 7]}人数") if g > 6 else ()))
            for g in range(1, 10)
        ],
        _C("seats", "学位数", "seats", "integer", "人", "核定学位总数（各年级合计）", "approved places, all grades together", low=1,
           high=20000, synonyms=("核定学位", "学位", "办学规模", "places")),
        _C("x_km", "东西坐标", "x_km", "number", "公里", "向东为正", "eastward", low=-1000, high=1000,
           synonyms=("x", "x坐标", "东向公里")),
        _C("y_km", "南北坐标", "y_km", "number", "公里", "向北为正", "northward", low=-1000, high=1000,
           synonyms=("y", "y坐标", "北向公里")),
        _C("buildings_m2", "教学及辅助用房面积", "buildings_m2", "number", "平方米", "不含室内体育用房", "without indoor sports rooms",
           low=0, high=1e6, synonyms=("教学用房面积", "校舍面积", "buildings")),
        _C("sports_m2", "体育运动场馆面积", "sports_m2", "number", "平方米", "运动场与体育馆", "grounds and halls", low=0, high=1e6,
           synonyms=("体育场馆面积", "运动场面积", "sports")),
        _C("equipment_yuan", "教学仪器设备值", "equipment_yuan", "number", "元", "账面值", "book value", low=0, high=1e9,
           synonyms=("设备值", "教学设备值", "equipment")),
        _C("rooms", "网络多媒体教室数", "rooms", "number", "间", "", "networked multimedia classrooms", low=0, high=1000,
           synonyms=("多媒体教室", "网络多媒体教室", "multimedia rooms")),
        _C("operating_yuan_pupil", "生均公用经费", "operating_yuan_pupil", "number", "元/生/年", "", "operating funds a pupil and year",
           low=0, high=1e5, synonyms=("公用经费",)),
        _C("teachers", "专任教师数", "teachers", "integer", "人", "在编与合同教师合计", "all teachers, contract teachers included", low=1,
           high=2000, synonyms=("教师数", "教师总数", "full-time teachers")),
        _C("teachers_above_degree", "高于规定学历教师数", "teachers_above_degree", "integer", "人", "小学专科及以上、初中本科及以上",
           "primary: associate degree or more; junior: bachelor or more", low=0, high=2000, synonyms=("高学历教师数",)),
        _C("teachers_backbone", "骨干教师数", "teachers_backbone", "integer", "人", "县级及以上", "county level or higher", low=0,
           high=2000, synonyms=("县级以上骨干教师数", "骨干教师")),
        _C("teachers_pe_art_music", "体音美教师数", "teachers_pe_art_music", "integer", "人", "体育、音乐、美术专任教师",
           "teachers of PE, art and music", low=0, high=2000, synonyms=("体育艺术教师数", "音体美教师数")),
        _C("teachers_senior", "高级职称教师数", "teachers_senior", "integer", "人", "副高级及以上", "senior title", low=0, high=2000,
           synonyms=("高级教师数", "高级职称")),
        _C("turnover", "上年教师流失率", "turnover", "share", "比例", "", "share of teachers who left last year", low=0, high=1,
           synonyms=("教师流失率",)),
        _C("satisfaction", "家长满意度", "satisfaction", "share", "比例", "", "share of families satisfied", low=0, high=1,
           synonyms=("满意度",)),
        _C("good_senior_chance", "上年优质高中升学率", "good_senior_chance", "share", "比例", "", "graduates who got a good senior high last year",
           low=0, high=1, synonyms=("优质高中升学率",)),
        _C("z_score", "上年毕业班标准分", "z_score", "number", "SD", "县均为0的标准分；可为负", "standardised result, county mean 0; may be negative",
           low=-6, high=6, synonyms=("z值", "标准分")),
        _C("quota_candidates", "指标生资格人数", "quota_candidates", "integer", "人", "有指标到校资格的毕业生数，不是毕业生总数",
           "graduates eligible for the quota, not the whole cohort", low=0, high=5000, synonyms=("指标到校资格人数",)),
        _C("quota_places", "指标到校名额", "quota_places", "integer", "人/年", "分配到校的优质高中名额", "allotted good senior-high places", low=0,
           high=5000, synonyms=("指标生名额", "指标到校数")),
        _C("quota_floor_score", "指标到校最低分", "quota_floor_score", "number", "分", "任何分制均可：按各校标准差换算",
           "any scale: standardised over the schools", low=0, high=2000, synonyms=("指标到校录取最低分",)),
        _C("quota_floor_gap", "指标到校降分", "quota_floor_gap", "number", "SD", "相对统招线，以学生标准差计；可为负",
           "floor relative to the open line, pupil SD; may be negative", low=-4, high=4),
        _C("quota_unfilled_share", "指标未完成比例", "quota_unfilled_share", "share", "比例", "未录满名额的比例", "share of the places left unfilled",
           low=0, high=1, synonyms=("指标到校未完成率",)),
    ]),
    "teachers": _sheet("teachers", "教师", "teachers", ("教师信息", "教师表", "教师名册", "teacher"), [
        _C("id", "教师编号", "id", "code", "", "唯一编号，可为工号；不要填身份证号", "unique code; no identity card numbers", required=True,
           synonyms=("工号", "编号", "teacher_id", "teacher id")),
        _C("school", "学校编号", "school", "reference", "", "编制所在学校", "school that holds the staffing post", required=True,
           synonyms=("学校代码", "学校", "school_id", "school id")),
        _C("subject", "学科", "subject", "word", "", "任教学科", "subject taught", words="subject", synonyms=("任教学科",)),
        _C("age", "年龄", "age", "integer", "岁", "", "age", low=18, high=75),
        _C("experience", "教龄", "experience", "number", "年", "", "years of teaching", low=0, high=55, synonyms=("教学年限",)),
        _C("degree", "学历", "degree", "word", "", "与学段的规定学历比较", "compared with the degree the stage requires", words="degree",
           synonyms=("最高学历",)),
        _C("above_degree", "高于规定学历", "above_degree", "word", "", "优先于“学历”一列", "used before the degree column", words="yes_no",
           synonyms=("是否高于规定学历",)),
        _C("title", "职称", "title", "word", "", "初级、中级或高级", "junior, middle or senior", words="title", synonyms=("专业技术职称",)),
        _C("backbone", "骨干教师", "backbone", "word", "", "县级及以上骨干", "county level or higher", words="yes_no",
           synonyms=("是否骨干教师", "是否骨干", "骨干")),
        _C("substitute", "代课或合同教师", "substitute", "word", "", "没有编制", "without a staffing post", words="yes_no",
           synonyms=("代课教师", "是否代课", "合同教师")),
        _C("pay_yuan_year", "年收入", "pay_yuan_year", "number", "元/年", "不含特岗津贴", "without the post allowance", low=0, high=1e6,
           synonyms=("年工资",)),
        _C("years_at_post", "在本校年限", "years_at_post", "integer", "年", "", "years served at the present school", low=0, high=55,
           synonyms=("本校任教年限",)),
    ]),
    "groups": _sheet("groups", "教共体", "groups", ("教育集团", "集团", "教共体表", "group"), [
        _C("id", "教共体", "id", "text", "", "名称或编号，与学校表一致", "name or code, as in the schools sheet", required=True,
           synonyms=("教共体名称", "教共体编号", "教育集团", "集团", "group", "name", "group_id")),
        _C("core", "核心校", "core", "reference", "", "核心校的学校编号", "school id of the core", synonyms=("核心校编号", "牵头校")),
        _C("members", "成员校", "members", "references", "", "成员校编号，用顿号或分号隔开", "school ids of the members, separated by ; or 、",
           synonyms=("成员校编号", "成员学校", "member")),
        _C("core_outside", "核心校在县外", "core_outside", "word", "", "", "core lies outside this roster", words="yes_no",
           synonyms=("核心校在外",)),
        _C("year_formed", "组建年份", "year_formed", "integer", "年", "", "calendar year the group was formed", low=1980, high=2100,
           synonyms=("成立年份",)),
        _C("outside_distance_km", "县外核心校距离", "outside_distance_km", "number", "公里", "", "distance to a core outside", low=0, high=1000),
        _C("outside_management", "县外核心校管理水平", "outside_management", "number", "SD", "", "management of a core outside", low=-6, high=6),
        _C("outside_quality", "县外核心校教师质量", "outside_quality", "number", "SD/年", "第九十百分位", "90th percentile of its teachers' quality",
           low=-2, high=2),
    ]),
    "neighbourhoods": _sheet("neighbourhoods", "片区", "neighbourhoods", ("施教区", "片区表", "neighbourhood", "neighborhoods"), [
        _C("id", "片区编号", "id", "code", "", "唯一编号", "unique code", required=True, synonyms=("编号", "片区", "施教区编号")),
        _C("zone", "城乡类型", "zone", "word", "", "城区、镇区、乡村或山区", "urban, town, rural or mountain", required=True, words="zone",
           synonyms=("城乡", "城乡分类")),
        _C("x_km", "东西坐标", "x_km", "number", "公里", "向东为正", "eastward", low=-1000, high=1000, synonyms=("x", "x坐标")),
        _C("y_km", "南北坐标", "y_km", "number", "公里", "向北为正", "northward", low=-1000, high=1000, synonyms=("y", "y坐标")),
        _C("catchment_primary", "小学施教区学校", "catchment_primary", "reference", "", "对口小学的学校编号", "school of the primary catchment",
           synonyms=("对口小学",)),
        _C("catchment_junior", "初中施教区学校", "catchment_junior", "reference", "", "对口初中的学校编号", "school of the junior catchment",
           synonyms=("对口初中",)),
        _C("ses_mean", "家庭背景均值", "ses_mean", "number", "SD", "县均为0；可为负", "mean SES of its families, county mean 0; may be negative", low=-4,
           high=4, synonyms=("ses",)),
        _C("entrants", "每年入学儿童数", "entrants", "integer", "人/年", "每年进入一年级的儿童（无小学的县：进入七年级）",
           "children entering grade 1 a year (grade 7 in a county without primaries)", low=0, high=20000, synonyms=("入学儿童数",)),
    ]),
}  # fmt: skip

#: Headers of columns that are read over (besides every header that begins with an underscore).
REMARKS = frozenset({"备注", "说明", "notes", "note", "remark", "remarks", "comment", "comments"})

_BRACKETS = re.compile(r"[(\[【〔].*?[)\]】〕]")
#: Signs that nobody sees: soft hyphen, zero-width space and joiners, marks of direction, byte-order mark.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


def plain(text: object) -> str:
    """Return a header or word in the form in which names are compared.

    Half width, lower case, without spaces, underscores, hyphens and a unit in brackets.
    """
    half = unicodedata.normalize("NFKC", INVISIBLE.sub("", str(text))).strip().lower()
    return re.sub(r"[\s_\-*:：]+", "", _BRACKETS.sub("", half)) or re.sub(r"\s+", "", half)


def ignored(header: object) -> bool:
    """Return whether a column is left alone: its header begins with ``_`` or names remarks."""
    text = str(header).strip()
    return text.startswith(("_", "＿")) or plain(text) in REMARKS


def names_of(sheet: RosterSheet) -> dict[str, str]:
    """Return every accepted header of a sheet, in plain form, and the column it means."""
    found: dict[str, str] = {}
    for column in sheet.columns.values():
        for name in (column.key, column.zh, column.en, *column.synonyms):
            found.setdefault(plain(name), column.key)
    return found


def sheet_of(title: str) -> str | None:
    """Return the key of the sheet that a title (or file name without its ending) means, or None."""
    wanted = plain(title)
    for sheet in SHEETS.values():
        if wanted in {plain(n) for n in (sheet.key, sheet.zh, sheet.en, *sheet.synonyms)}:
            return sheet.key
    return None


def code_of(words: str, text: str) -> str | None:
    """Return the code that a word means in the list ``words``, or None when it is not in it."""
    return _LOOKUP[words].get(plain(text))


def word_in(words: str, code: str, lang: str) -> str:
    """Return the word of a code in ``lang`` (``zh`` or ``en``)."""
    return WORDS[words][code][0 if lang == "zh" else 1]


def nearest_code(words: str, text: str) -> str | None:
    """Return the code of the word most like ``text``, or None when none is near."""
    every = {name: code for code, names in WORDS[words].items() for name in names}
    found = difflib.get_close_matches(text, every, n=1, cutoff=0.34)
    if not found and text:
        # A Chinese word of two characters with one wrong is 50% alike; share of characters decides.
        found = [name for name in every if set(name) & set(text) and len(name) <= 4][:1]
    return every[found[0]] if found else None


def nearest_word(words: str, text: str) -> tuple[str, str]:
    """Return the hint that names the word most like ``text``, or all words when none is near."""
    code = nearest_code(words, text)
    if code is not None:
        return f"您是否想写 {word_in(words, code, 'zh')}？", f"did you mean {word_in(words, code, 'en')}?"
    return (
        "可用的值：" + "、".join(v[0] for v in WORDS[words].values()),
        "valid values: " + ", ".join(v[1] for v in WORDS[words].values()),
    )


def nearest_name(sheet: RosterSheet, text: object, extra: Iterable[str] = ()) -> tuple[str, str] | None:
    """Return the Chinese and English name of the column most like an unknown header, or None."""
    names: dict[str, tuple[str, str]] = {}
    for column in sheet.columns.values():
        for name in (column.key, column.zh, column.en, *column.synonyms):
            names[plain(name)] = (column.zh, column.en)
    for name in extra:
        names[plain(name)] = (name, name)
    found = difflib.get_close_matches(plain(text), names, n=1, cutoff=0.4)
    return names[found[0]] if found else None


def nearest_header(sheet: RosterSheet, text: object, extra: Iterable[str] = ()) -> tuple[str, str]:
    """Return the hint that names the column most like an unknown header, in Chinese and English."""
    found = nearest_name(sheet, text, extra)
    if found is not None:
        zh, en = found
        return f"您是否想写 {zh}（{en}）？不需要的列请在列名前加下划线", (
            f"did you mean {en} ({zh})? put an underscore before the name of a column to be left alone"
        )
    return (
        "不需要的列请在列名前加下划线；可用的列名见模板",
        "put an underscore before the name of a column to be left alone; the template lists the valid names",
    )


_LOOKUP: Mapping[str, dict[str, str]] = {
    words: {plain(name): code for code, names in reversed(codes.items()) for name in names}
    for words, codes in WORDS.items()
}
