"""What-if page: its words, and what the command says."""

#: What every key of this section begins with in the catalogue.
PREFIX = "explore."
#: Key -> (Chinese, English). Those under ``page.`` go into the page, placeholders filled there.
TEXT: dict[str, tuple[str, str]] = {
    # --- names of levers -----------------------------------------------------------------------------
    "lever.rotation.share": ("每年交流教师比例", "Teachers rotating a year"),
    "lever.rotation.term_years": ("一轮交流年数", "Years of a rotation term"),
    "lever.finance.fund_yuan_year": ("专项经费", "Programme fund"),
    "lever.finance.member_tilt": ("余款投向成员校", "Rest of the fund to members"),
    "value.rotation.base.member_staff": ("成员校在岗教师", "members' serving staff"),
    "value.rotation.base.core_staff": ("核心校在岗教师", "the core's serving staff"),
    "value.rotation.base.eligible": ("符合交流条件的教师", "teachers eligible to rotate"),
    "value.zero_fund": ("不设", "none"),
    "value.money_year": ("{amount}/年", "{amount} a year"),
    "value.per_pupils": ("折合 10 万学生 {amount}", "{amount} per 100,000 pupils"),
    "value.years": ("{n} 年", "{n} years"),
    "value.schools": ("{n} 所", "{n}"),
    "value.unbounded": ("不限", "no cap"),
    "value.yes": ("是", "yes"),
    "value.no": ("否", "no"),
    "fixed.rotation.base": ("交流比例的基数", "What the rotation share is a share of"),
    "fixed.groups.max_members": ("一个教共体最多成员校", "Most members of a group"),
    "fixed.groups.coverage_share": ("已组建教共体的结对（最后）", "Pairings that became groups (in the end)"),
    # --- the page: frame -----------------------------------------------------------------------------
    "page.title": ("{county}：政策试算", "{county}: what if"),
    "page.kicker": ("情景推演，不是预测", "Scenario exploration, not a forecast"),
    "page.sub": (
        "换一种模式，动一动交流与经费，看若干年后差距、成绩、支出与官方指标怎样变，以及有多大把握。",
        "Change the mode, the rotation or the fund and see what becomes of the gap, learning, spending and the official indicators, and how sure that is.",
    ),
    "page.levers": ("试一试", "Try"),
    "page.mode": ("模式", "Mode"),
    "page.year": ("看到哪一学年", "Look at the year"),
    "page.year_value": ("{year} 学年（第 {n} 年）", "{year} (year {n})"),
    "page.against": ("与谁比", "Compare with"),
    "page.pinned": ("记住的方案", "kept plan"),
    "page.pin": ("记住这个方案，再与别的比", "Keep this plan to compare others with"),
    "page.unpin": ("不再比较记住的方案", "Stop comparing with the kept plan"),
    "page.own": ("▲ 该模式文件的原值：{value}", "▲ as this mode's document has it: {value}"),
    "page.own_off": ("该模式文件的原值 {value} 不在网格上", "as this mode's document has it: {value}, which is off the grid"),
    "page.as_written": ("回到文件原值", "Back to the document's values"),
    "page.print": ("打印这一页", "Print this page"),
    "page.language": ("语言", "Language"),
    "page.skip": ("跳到结果", "Skip to the results"),
    # --- the page: results -----------------------------------------------------------------------------
    "page.results": ("到 {year}", "By {year}"),
    "page.plan": ("{mode}{levers}", "{mode}{levers}"),
    "page.plan_lever": ("，{name} {value}", "; {name} {value}"),
    "page.lead": ("与“{ref}”相比：", "Compared with “{ref}”: "),
    "page.join": ("；", "; "),
    "page.stop": ("。", "."),
    "page.falls": ("{name}下降 {value}{ends}", "{name} falls by {value}{ends}"),
    "page.rises": ("{name}上升 {value}{ends}", "{name} rises by {value}{ends}"),
    "page.open": ("{name}是升是降说不准{ends}", "whether {name} falls or rises cannot be told{ends}"),
    "page.same": ("{name}不变", "{name} does not change"),
    "page.single": (
        "{name}相差 {value}，但只有一次推演，分不清是政策还是偶然",
        "{name} differs by {value}, but with one run nobody can tell policy from luck",
    ),
    "page.unknown": ("{name}没有数", "{name}: no number"),
    "page.is_ref": ("这就是用来比较的方案，相差为零。请动一动杠杆。", "This is the plan that is compared with: all differences are nil. Move a lever."),
    "page.ends": ("（95% 区间 {low} 至 {high}）", " (95% interval {low} to {high})"),
    "page.ends_short": ("{low} 至 {high}", "{low} to {high}"),
    "page.few": (
        "每种组合只推演 {n} 次：区间很宽，“说不准”多半是因为次数少。运行时加 --draws 20 可增加抽样，已有的推演会保留。",
        "Only {n} runs a setting: intervals are wide, and “cannot be told” mostly says that runs are few. Run it with --draws 20 for more; what is stored "
        "stays.",
    ),
    "page.one": (
        "每种组合只推演 1 次：没有区间，任何差别都可能只是偶然。",
        "One run a setting: there is no interval, and any difference may be luck.",
    ),
    "page.not_run": (
        "这一组合没有推演（研究的条件把它排除，或推演没有成功）。请移动一项；结果区留空，不作内插。",
        "This setting was not run (the study leaves it out, or its runs failed). Move a lever; nothing is shown and nothing is interpolated.",
    ),
    "page.cards": ("主要结果", "Main outcomes"),
    "page.cards_hint": (
        "点一项，下面的图就画它。横条是与对照之差的 95% 区间，竖线是零：横条跨过竖线，就说不准。",
        "Choose one and the charts below draw it. The bar is the 95% interval of the difference, the upright line is nil: a bar across it cannot be told.",
    ),
    "page.card_open": ("说不准", "cannot be told"),
    "page.card_same": ("不变", "no change"),
    "page.card_none": ("没有数", "no number"),
    "page.card_single": ("只有一次推演", "one run only"),
    "page.card_ref": ("对照 {value}", "compared with {value}"),
    "page.path": ("逐年：{name}", "Year by year: {name}"),
    "page.path_hint": (
        "上图为水平：线是各次推演的平均，色带是一次推演会落入的 95% 范围。下图为两方案逐次成对之差，色带是平均差的 95% 区间；"
        "同一次推演里两方案面对同样的人和同样的签，所以下图的带比上图窄得多。",
        "Above, levels: the line is the mean over runs, the band the range in which 95% of single runs fall. Below, the paired difference of the two "
        "plans, with the 95% interval of its mean; in each run both plans meet the same people and the same lots, hence the narrower band.",
    ),
    "page.path_levels": ("水平", "level"),
    "page.path_difference": ("与对照之差", "difference"),
    "page.alone": ("只动一项会怎样：{name}", "Changing one thing: {name}"),
    "page.alone_hint": (
        "其余各项不动，把一项换成别的取值：{year} 学年与对照之差，竖条为 95% 区间，实心点是现在的位置。两点的竖条重叠，不等于两点没有差别；"
        "要比两种取值，请先记住一个方案。",
        "All else as now, one lever at its other values: difference in {year}, upright bars are 95% intervals, the filled mark is where you are. "
        "Bars that overlap need not mean that two values do not differ: to compare two of them keep one plan first.",
    ),
    "page.kinds": ("各类学校的平均成绩", "Learning by kind of school"),
    "page.kinds_hint": (
        "只分类，不排名，不点名。空心为基准年，灰为对照，彩色为这个方案；横条是一次推演会落入的 95% 范围。核心校、成员校按基准年的身份，不随后来变化。",
        "Kinds only: no school is named or ranked. Hollow: base year; grey: what is compared with; colour: this plan; bars are the ranges in which 95% "
        "of single runs fall. Core and member schools are those of the base year throughout.",
    ),
    "page.base_year": ("基准年 {year}", "base year {year}"),
    "page.kind.core": ("核心校", "Core schools"),
    "page.kind.member": ("成员校", "Member schools"),
    "page.kind.urban": ("城区学校", "Urban schools"),
    "page.kind.rural": ("乡村与山区学校", "Rural and mountain"),
    "page.spread": ("学校平均成绩的标准差（校际离散）", "SD of school means (how far schools lie apart)"),
    "page.failing": ("未达“七项中至少六项达标、余项达 85%”的学校", "Schools failing “six of seven, the last at 85%”"),
    "page.of": ("{n} / {all} 所", "{n} of {all}"),
    "page.from_to": ("基准年 {base}，对照 {ref}，本方案 {plan}", "base year {base}, compared with {ref}, this plan {plan}"),
    "page.official": ("七项官方差异系数与上限", "The seven official coefficients and their limits"),
    "page.official_hint": (
        "七项须全部不超过上限（小学 0.50，初中 0.45；教督〔2017〕6 号）。彩色条为这个方案一次推演会落入的 95% 范围，灰条为对照，红线为上限。"
        "守住、守不住按整个范围判断；跨线的说不准。",
        "All seven must keep the limit (0.50 in primary, 0.45 in junior; national rules of 2017). Coloured bar: range in which 95% of single runs "
        "fall under this plan; grey: what is compared with; red: the limit. Kept or broken is judged on the whole range; across the line it cannot be told.",
    ),
    "page.stage": ("学段", "Stage"),
    "page.stage.primary": ("小学", "Primary"),
    "page.stage.junior": ("初中", "Junior"),
    "page.limit": ("上限 {value}", "limit {value}"),
    "page.meets": ("守住", "kept"),
    "page.fails": ("守不住", "broken"),
    "page.unsure": ("说不准", "cannot be told"),
    "page.chance": ("{k}/{n} 次守住", "kept in {k} of {n}"),
    "page.chance_ends": ("，概率 {low} 至 {high}", ", probability {low} to {high}"),
    "page.chance_ref": ("对照 {k}/{n} 次", "compared with: {k} of {n}"),
    "page.no_official": ("这项研究没有保留各项差异系数。", "This study did not keep the coefficients."),
    "page.not_kept": ("这项研究没有保留这一组指标。", "This study did not keep these measures."),
    "page.table": ("逐年数字", "Numbers by year"),
    "page.table_year": ("学年", "Year"),
    "page.table_plan": ("本方案", "This plan"),
    "page.table_ref": ("对照", "Compared with"),
    "page.table_difference": ("相差", "Difference"),
    "page.table_ends": ("95% 区间", "95% interval"),
    # --- the page: limits of the page -------------------------------------------------------------------
    "page.bounds": ("这一页说到哪里为止", "What this page can say, and what not"),
    "page.b_grid": (
        "网格：{grid}，共 {n} 种组合。格点之间不作内插，范围之外没有推演，这一页一概不说。",
        "The grid: {grid}; {n} settings. Nothing is interpolated between its points, nothing beyond its ends was run, and this page says nothing of either.",
    ),
    "page.b_grid_lever": ("{name} {values}", "{name} {values}"),
    "page.b_allowed": ("（允许 {low} 至 {high}）", " (allowed: {low} to {high})"),
    "page.b_missing": ("其中 {n} 种组合没有推演。", "Of these, {n} were not run."),
    "page.b_failed": ("研究中有 {n} 次推演没有给出结果，没有计入。", "{n} runs of the study gave no result and do not count."),
    "page.b_held": (
        "其余各项都按各模式自己的文件，或按现行法规：教师、家庭如何行事对所有模式相同。主要几项列在下面。",
        "All else stays as each mode's document has it, or as the law in force does; how teachers and families behave is the same under all modes. "
        "The main ones are listed below.",
    ),
    "page.b_modes": (
        "两种模式之差，同时含各文件在组建进度、规模上限等处的不同（见下表），并且倚重“管理经验会随一体化扩散”这一没有研究测过的假定；"
        "说“某模式更好”，要连同这一假定一起说（docs/ethics-and-limits.md）。",
        "A difference between two modes holds all that their documents differ in, such as how fast groups form and how large they may be (table below), "
        "and leans on the assumption that good management spreads within a group, which no study has measured; whoever says that a mode is better "
        "must say so (docs/ethics-and-limits.md).",
    ),
    "page.b_behaviour": (
        "行为假定固定在情景所写的取值；它们若不同，结果会变，这里的区间不含这一层。要看这一层，用 edusim discover 与 edusim sensitivity。",
        "How people behave is held at the scenario's assumptions; were they different, results would be, and the intervals here do not hold that. "
        "edusim discover and edusim sensitivity look into it.",
    ),
    "page.b_futures": (
        "区间含 {futures} 种对行为的不同假定（研究所写）与 {draws} 次抽样，两者交叉。",
        "The intervals hold {futures} sets of assumptions on behaviour (as the study has them), crossed with {draws} draws.",
    ),
    "page.b_runs": (
        "每种组合 {each} 次推演，共 {all} 次；每次抽到的人、入学批次与签，各方案都相同。区间是 Student 95% 区间；各自为 95%，"
        "看上几十个区间，总有一两个仅因偶然不含零。",
        "{each} runs a setting, {all} in all; in each, every plan meets the same people, cohorts and lots. Intervals are Student's, 95% each by itself: "
        "of several dozen one or two will exclude nil by luck alone.",
    ),
    "page.b_years": ("逐年的数太多，只放进了这些学年：{years}。", "Years are too many for a page; these are in it: {years}."),
    "page.b_causal": (
        "模型是把条款写成规则逐年推演，没有因果实证可以校准各模式的效果；不得用来评判学校或个人。",
        "The model carries out clauses as rules, year by year. No causal evidence exists on what these modes do; not for judging a school or a person.",
    ),
    "page.b_data": (
        "数据：{data}；{schools} 所学校，约 {pupils} 名学生，基准年 {year}。",
        "Data: {data}; {schools} schools, about {pupils} pupils, base year {year}.",
    ),
    "page.b_made": ("由 edusim {version} 生成；研究标识 {identity}。", "Made by edusim {version}; identity of the study {identity}."),
    "page.held": ("各模式自己的取值", "What each mode has of its own"),
    "page.held_lever": ("（杠杆）", " (lever)"),
    "held_varies": ("各不相同", "varies"),
    "page.sd_note": (
        "成绩以基准年学生成绩的标准差（SD）计。差距为核心校平均减成员校平均。",
        "Achievement is in SD of pupils in the base year. The gap is the mean of core schools less that of member schools.",
    ),
    "page.keys": (
        "键盘：Tab 换一项，方向键移动；结果随即更新。网址末尾记着现在的位置，可复制给同事。",
        "Keyboard: Tab moves between levers, arrow keys move them; results follow at once. The end of the address keeps the setting for a colleague.",
    ),
    # --- outcomes --------------------------------------------------------------------------------------
    "page.name.gap": ("核心—成员校成绩差距", "Core–member gap"),
    "page.name.weak": ("薄弱半数学校平均成绩", "Mean of the weaker half"),
    "page.name.top": ("前四分之一学校平均成绩", "Mean of the top quarter"),
    "page.name.low": ("低分学生比例", "Share of low achievers"),
    "page.name.money": ("平均每年支出", "Spending a year, on average"),
    "page.name.unfunded": ("该年经费缺口", "Left unfunded that year"),
    "page.name.sent": ("该年实际派出教师", "Teachers sent that year"),
    "page.name.leavers": ("该年教师流失率", "Teachers who left that year"),
    "page.inside.gap": ("差距", "the gap"),
    "page.inside.weak": ("薄弱半数学校的平均成绩", "the mean of the weaker half"),
    "page.inside.top": ("前四分之一学校的平均成绩", "the mean of the top quarter"),
    "page.inside.money": ("平均每年支出", "yearly spending"),
    # --- numbers ---------------------------------------------------------------------------------------
    "page.unit.sd": ("{n} SD", "{n} SD"),
    "page.unit.share": ("{n}%", "{n}%"),
    "page.unit.points": ("{n} 个百分点", "{n} points"),
    "page.unit.persons": ("{n} 人", "{n}"),
    "page.unit.schools": ("{n} 所", "{n}"),
    "page.unit.zero": ("0 元", "0 yuan"),
    "page.unit.small": ("{n} 万元", "{n} thousand yuan"),
    "page.unit.large": ("{n} 亿元", "{n} million yuan"),
    # --- the command ---------------------------------------------------------------------------------------
    "no_script": (
        "这一页的滑块要用脚本。请在浏览器中允许本页运行脚本（它不连接任何网站），或换一个浏览器打开这个文件。",
        "The levers of this page need JavaScript. Please allow it for this page (it contacts no other site), or open this file in another browser.",
    ),
    "plan": ("只作计划，没有运行，也没有写文件：\n", "Plan only; nothing was run or written:\n"),
    "plan.county": ("县", "county"),
    "plan.grid": ("网格", "grid"),
    "plan.runs": ("推演", "runs"),
    "plan.runs_value": ("{left:,} 次要做，{stored:,} 次已有", "{left:,} to make, {stored:,} stored"),
    "plan.time": ("约需", "takes about"),
    "plan.time_value": ("{time}（本机 {workers} 个进程，按试跑估计）", "{time} (here, {workers} processes, from a trial of some runs)"),
    "plan.size": ("网页约", "page of about"),
    "plan.store": ("推演存放在", "runs are stored in"),
    "plan.page": ("网页写到", "page goes to"),
    "plan.refused": ("试推演的 {tried} 次中有 {n} 次被拒绝，如：{why}", "Of {tried} runs tried {n} were refused, for example: {why}"),
    "timing": ("正在试跑几次以估计时间…", "Timing a few runs ..."),
    "running": (
        "推演 {n:,} 次（已有 {stored:,} 次）；随时可按 Ctrl-C 停下，再运行同一条命令即续跑。",
        "Making {n:,} runs ({stored:,} are stored); Ctrl-C stops at any time, the same command goes on.",
    ),
    "written": ("网页：{path}（{size} kB，双击打开，无需联网）", "page: {path} ({size} kB; double click, no network needed)"),
    "grid_of": ("网格：{grid}，每种组合 {runs} 次", "grid: {grid}, {runs} runs a setting"),
    "grid_per_pupils": ("（每 10 万学生）", " (for 100,000 pupils)"),
    "failed": ("{n:,} 次推演没有给出结果，网页上注明", "{n:,} runs gave no result; the page says so"),
    "stored_in": ("推演存放在 {path}", "runs are stored in {path}"),
    "more_draws": ("要更窄的区间：--draws {n}（已有的推演会保留）", "for narrower intervals: --draws {n} (what is stored stays)"),
    "interrupted": (
        "edusim：已中断；做完的推演都已保存，再运行同一条命令即续跑。网页没有写出。",
        "edusim: interrupted; finished runs are stored, the same command goes on. No page was written.",
    ),
    "seconds": ("{n:.0f} 秒", "{n:.0f} s"),
    "minutes": ("{n:.0f} 分钟", "{n:.0f} min"),
    "hours": ("{n:.1f} 小时", "{n:.1f} h"),
}  # fmt: skip
