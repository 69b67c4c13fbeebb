"""Words of the writers: tables, figures, pages, verdicts."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # -- the workbook ---------------------------------------------------------------------------------
    "sheet.one_page": ("一页纸", "One page"),
    "sheet.contents": ("目录", "Contents"),
    "sheet.figures": ("图", "Figures"),
    "sheet.more": ("正文", "Text"),
    "sheet.annex": ("附表（只在本工作簿中）", "Annex tables (in this workbook only)"),
    "sheet.annex_number": ("附表{n}", "A{n}"),
    "sheet.table_number": ("表{n}", "Table {n}"),
    "sheet.figure_number": ("图{n}", "Figure {n}"),
    "sheet.head.mean": ("{head}，均值", "{head}, mean"),
    "sheet.head.share": ("{head}", "{head}"),
    "sheet.head.low": ("{head}，95%区间下端", "{head}, low end of 95% interval"),
    "sheet.head.high": ("{head}，95%区间上端", "{head}, high end of 95% interval"),
    "sheet.head.unit": ("{head}（{unit}）", "{head} ({unit})"),
    "sheet.empty": ("没有可列的数据", "nothing to list"),
    "sheet.joined": ("\n", "\n"),
    "sheet.interval_note": (
        "带区间的数各占三列：均值（或占比）、95%区间下端、95%区间上端；两端为空，是只有一次推演，说不出区间。",
        "A number with an interval takes three columns: mean (or share), low end and high end of the 95% interval; empty ends: a single "
        "draw has no interval.",
    ),
    "sheet.input_note": (
        "浅黄色的格可以改，改后各表中引用它的判定和金额随之重算；本工作簿原来的数是推演所用的数。",
        "Cells in light yellow may be changed: verdicts and sums that refer to them are reckoned anew. The values given are "
        "those the run used.",
    ),
    "sheet.formula_note": ("判定等列是公式，随所引用的格变动。", "Verdicts and the like are formulas and follow the cells they refer to."),
    "sheet.see_figure": ("{label}  {caption}（见“{sheet}”页）", "{label}  {caption} (see sheet “{sheet}”)"),
    "sheet.see_table": ("{label}  {caption}（见“{sheet}”页）", "{label}  {caption} (see sheet “{sheet}”)"),
    "sheet.back": ("返回目录", "Back to contents"),
    "sheet.to_contents": ("各表和图见目录", "Contents: every table and figure"),
    "sheet.head_sheet": ("工作表（点击打开）", "Sheet (click to open)"),
    "sheet.head_holds": ("内容", "What it holds"),
    "sheet.head_reading": ("怎样读", "How to read it"),
    "sheet.made_of": ("本次推演", "This run"),
    "sheet.page": ("第 &P 页，共 &N 页", "Page &P of &N"),
    "sheet.how": (
        "表头的按钮可以筛选和排序。浅黄色的格可以改，判定随之变动；其余的数是推演结果，请勿改动。\n"
        "达标与否按整个区间判定：区间全在限值以内才是达标，全在限值以外才是未达标，跨过限值为未定。",
        "The buttons in the heads filter and sort. Cells in light yellow may be changed and verdicts follow; all other numbers "
        "are results of the run and should be left alone.\n"
        "Verdicts are given on the whole interval: within the limit from end to end it meets, beyond it from end to end it fails, "
        "across the limit it is open.",
    ),
    "sheet.tone.meets": ("达标", "meets"),
    "sheet.tone.meets.means": ("整个区间都在限值以内", "the whole interval keeps the limit"),
    "sheet.tone.fails": ("未达标", "fails"),
    "sheet.tone.fails.means": ("整个区间都在限值以外", "the whole interval is beyond the limit"),
    "sheet.tone.open": ("未定", "open"),
    "sheet.tone.open.means": ("区间跨过限值，或没有区间", "the interval crosses the limit, or there is none"),
    "sheet.tone.gain": ("受益", "gain"),
    "sheet.tone.gain.means": ("差值的整个区间都在有利的一边", "the whole interval of the difference is on the good side"),
    "sheet.tone.loss": ("受损", "loss"),
    "sheet.tone.loss.means": ("差值的整个区间都在不利的一边", "the whole interval of the difference is on the bad side"),
    # -- long tables of the workbook ------------------------------------------------------------------
    "annex.stage": ("学段", "Stage"),
    "annex.policy": ("方案", "Policy"),
    "annex.year": ("学年", "School year"),
    "annex.unit": ("单位", "Unit"),
    "annex.name": ("格的名称", "Name of the cell"),
    "annex.differs": ("各次推演不同", "differs between draws"),
    "annex.every_policy": ("基年（各方案相同）", "Base year (all policies alike)"),
    "annex.limit_of": ("{what}，限值", "{what}, limit"),
    "annex.rule_2017": ("教督〔2017〕6号", "Rule of 2017 (教督〔2017〕6号)"),
    "annex.unit.teachers/100 pupils": ("人/百名学生", "teachers/100 pupils"),
    "annex.unit.m2/pupil": ("平方米/生", "m²/pupil"),
    "annex.unit.yuan/pupil": ("元/生", "yuan/pupil"),
    "annex.unit.rooms/100 pupils": ("间/百名学生", "rooms/100 pupils"),
    "annex.unit.money": ("万元", "million yuan"),
    "annex.unit.money_year": ("万元/年", "million yuan/year"),
    "annex.unit.points": ("百分点", "points"),
    "annex.unit.sd": ("学生成绩标准差", "SD of pupils"),
    "annex.unit.schools": ("所", "schools"),
    "annex.unit.persons": ("人/年", "persons/year"),
    "annex.unit.pupils": ("人/年", "pupils/year"),
    "annex.limits.short": ("限值", "Limits"),
    "annex.limits.caption": ("官方限值（可以改）", "Official limits (may be changed)"),
    "annex.limits.note": (
        "改动限值，差异系数表和学校指标表中的判定、达到限值的项数随之变动；由推演逐次数出的概率按现行限值计，不随之变动。",
        "Change a limit, and the verdicts on coefficients and the number of indicators at the limit follow; probabilities were "
        "counted over draws at the limits in force and do not follow.",
    ),
    "annex.limits.what": ("项目", "What"),
    "annex.limits.value": ("限值", "Limit"),
    "annex.limits.sense": ("要求", "Must be"),
    "annex.limits.source": ("出处", "Source"),
    "annex.limits.cv": ("七项指标各自的校际差异系数", "Coefficient of difference of each of the seven indicators"),
    "annex.limits.weight": ("一名初中生折合的小学生数", "Primary pupils that a junior pupil counts as"),
    "annex.limits.law": ("九年一贯制学校的折算办法", "How nine-year schools are divided"),
    "annex.limits.nine_year": (
        "两个学段都须达标：小学部限值与初中部限值除以折合数，取大者",
        "both parts must pass: the primary limit, or the junior limit over the weight, whichever is larger",
    ),
    "annex.schools_indicators.short": ("学校指标", "Schools"),
    "annex.schools_indicators.caption": (
        "各校七项指标与限值，{base}年和{last}年", "Every school's seven indicators and their limits, {base} and {last}",
    ),
    "annex.schools_indicators.note": (
        "{status}各列是各次推演的均值。“均值达到限值的项数”是公式，随限值变动；“符合学校要求的概率”是在多少次推演中至少"
        "{needed}项达标、余项不低于限值的{share}%，附威尔逊95%区间。九年一贯制学校按小学部计，限值已折合。在校学生不足50人的教学点不评，"
        "概率空着。学校按学段、区域、代号排列，不是名次；本表不得用来评判学校。",
        "{status}Columns are means over draws. “At the limit by the means” is a formula and follows the limits; “probability of "
        "meeting the school rule” is in how many draws at least {needed} indicators are met and the other reaches {share}% of its "
        "limit, with Wilson's 95% interval. Nine-year schools are given by their primary part, limits converted. Teaching points "
        "under 50 pupils are not judged and have no probability. Schools stand by stage, zone and pseudonym: no ranking, and not "
        "for judging a school.",
    ),
    "annex.schools.note_drawn": (
        "学校是按公开统计生成的，各校数值是推演抽取的，不是实测。", "Schools are drawn from published statistics; their values are drawn, not measured. ",
    ),
    "annex.schools.note_roster": (
        "名册给出的基年数值是填报的，名册没有的是抽取的，基年之后都是推演的。",
        "Base-year values that the roster gives are as reported, those it lacks are drawn; all later years are simulated. ",
    ),
    "annex.school": ("学校（代号）", "School (pseudonym)"),
    "annex.zone": ("区域", "Zone"),
    "annex.role": ("角色", "Role"),
    "annex.group": ("教共体编号", "Group no."),
    "annex.schools.kept": ("均值达到限值的项数（共7项）", "At the limit by the means (of 7)"),
    "annex.schools.met": ("达标项数（逐次推演的均值）", "Indicators met, mean over draws"),
    "annex.schools.rule": ("符合学校要求的概率", "Probability of meeting the school rule"),
    "annex.schools.pupils": ("在校学生", "Pupils"),
    "annex.schools.largest": ("最大班额", "Largest class"),
    "annex.schools.teachers": ("教师（按编制）", "Teachers (by post)"),
    "annex.schools.vacant": ("空编", "Vacant posts"),
    "annex.county_measures.short": ("全县指标", "County"),
    "annex.county_measures.caption": ("全县主要指标，分方案、分学年", "Main measures of the county by policy and school year"),
    "annex.county_measures.note": (
        "水平是{draws}次推演的均值及均值的95%区间；差值是与现行制度逐次配对相减的均值及其95%区间。区间不含0才说高或低。",
        "Levels are means over {draws} draws with the 95% interval of the mean; differences are paired with the law in force draw "
        "by draw, with the 95% interval of their mean. Higher or lower is said only when the interval leaves out 0.",
    ),
    "annex.county.measure": ("指标", "Measure"),
    "annex.county.level": ("水平", "Level"),
    "annex.county.effect": ("与现行制度之差", "Difference from the law in force"),
    "annex.county.change_unit": ("差值单位", "Unit of the difference"),
    "annex.county.clear": ("与现行制度相比", "Against the law in force"),
    "annex.county.higher": ("更高", "higher"),
    "annex.county.lower": ("更低", "lower"),
    "annex.county.same": ("相同", "the same"),
    "annex.county.unclear": ("不能断定", "cannot be told"),
    "annex.gap_by_year.short": ("差距逐年", "Gap by year"),
    "annex.gap_by_year.caption": (
        "核心校与成员校的学业差距，逐年（{unit}）", "Gap in learning between core and member schools, year by year ({unit})",
    ),
    "annex.gap_by_year.note": (
        "各方案一组列：{draws}次推演的均值及均值的95%区间。方案之间的差要看配对差值（见“全县指标”），不能由两条区间是否重叠来判断。",
        "Columns by policy: mean over {draws} draws with the 95% interval of the mean. Differences between policies are paired (see "
        "the county's measures) and cannot be read from whether two intervals overlap.",
    ),
    "annex.gap.axis": ("差距（学生成绩标准差）", "gap (SD of pupils)"),
    "annex.coefficients.short": ("差异系数", "Coefficients"),
    "annex.coefficients.caption": (
        "七项指标的校际差异系数，分学段、方案、学年", "Coefficients of difference of the seven indicators by stage, policy and school year",
    ),
    "annex.coefficients.note": (
        "区间是一次推演落入的95%范围，判定看整个区间是否在限值以内。概率是在{draws}次推演中有多少次不超过现行限值，附威尔逊95%区间，不随改动的限值变动。",
        "Intervals are the 95% range in which one draw falls; the verdict asks whether all of it keeps the limit. The probability "
        "is in how many of {draws} draws the limit in force is kept, with Wilson's 95% interval; it does not follow a changed limit.",
    ),
    "annex.coefficients.indicator": ("指标", "Indicator"),
    "annex.coefficients.cv": ("差异系数", "Coefficient"),
    "annex.coefficients.limit": ("限值", "Limit"),
    "annex.coefficients.verdict": ("判定", "Verdict"),
    "annex.coefficients.kept": ("不超过限值的概率", "Probability of keeping the limit"),
    "annex.prices.short": ("价格系数", "Prices"),
    "annex.prices.caption": ("各项支出的价格系数（可以改）", "Price factors of the lines (may be changed)"),
    "annex.prices.note": (
        "1.00是推演所用的价格；改为1.10即涨价一成。只按比例折算金额，数量不变：资金上限以及由此引起的取舍没有重新推演。",
        "1.00 is the price the run used; 1.10 is ten per cent dearer. Only yuan are multiplied, quantities stay: ceilings of funds "
        "and the choices they force were not simulated anew.",
    ),
    "annex.prices.line": ("支出项目", "Line"),
    "annex.prices.kind": ("性质", "Kind"),
    "annex.prices.factor": ("价格系数", "Price factor"),
    "annex.money.recurrent": ("经常性", "Recurrent"),
    "annex.money.one_off": ("一次性", "One-off"),
    "annex.money.line": ("支出项目", "Line"),
    "annex.money.kind": ("性质", "Kind"),
    "annex.money.mean": ("支出", "Spending"),
    "annex.money.extra": ("比现行制度多支出", "More than under the law in force"),
    "annex.money.price": ("价格系数", "Price factor"),
    "annex.money.priced": ("按系数折算的支出", "Spending at that price"),
    "annex.money.total": ("合计", "In all"),
    "annex.money.axis": ("支出（{unit}）", "spending ({unit})"),
    "annex.money_by_policy.short": ("资金年均", "Money a year"),
    "annex.money_by_policy.caption": ("各方案年均支出：经常性与一次性", "Spending a year by policy: recurrent and one-off"),
    "annex.money_by_policy.note": (
        "基年之后{years}年的平均，由“资金逐年”表按公式取得；{draws}次推演的均值，基年价格。",
        "Mean over the {years} years after the base year, by formula from the money by year; means over {draws} draws, yuan of the "
        "base year.",
    ),
    "annex.money_by_year.short": ("资金逐年", "Money by year"),
    "annex.money_by_year.caption": ("各方案逐年支出：经常性与一次性", "Spending by policy and year: recurrent and one-off"),
    "annex.money_by_year.note": (
        "由“资金分项”表按价格系数汇总，是公式；{draws}次推演的均值，基年价格。",
        "Summed from the lines at the price factors, by formula; means over {draws} draws, yuan of the base year.",
    ),
    "annex.money_lines.short": ("资金分项", "Money by line"),
    "annex.money_lines.caption": ("支出分项，分方案、分学年", "Spending by line, policy and school year"),
    "annex.money_lines.note": (
        "{draws}次推演的均值及均值的95%区间，基年价格；各方案各年都为零的项目未列。",
        "Means over {draws} draws with the 95% interval of the mean, yuan of the base year; lines that are nought throughout are "
        "left out.",
    ),
}
