"""The report on a county: first page, official indicators, who gains and who loses, indicator against learning."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- how numbers and lists are written -----------------------------------------------------------
    "opening.comma": ("、", ", "),
    "opening.last": ("和", " and "),
    "opening.semicolon": ("；", "; "),
    "opening.colon": ("：", ": "),
    "opening.all_policies": ("{n} 种政策", "all {n} policies"),
    "opening.and_more": ("{names}等 {n} 项", "{names} and others ({n} in all)"),
    "opening.others_in_table": ("{parts}；其余见表", "{parts}; the others are in the table"),
    "opening.amount": ("{value}（95% 区间 {low} 至 {high}）", "{value} (95% interval {low} to {high})"),
    "opening.amount_same_inner": ("{value}，每次相同", "{value}, in every draw"),
    "opening.amount_same_short": ("{value}（每次相同）", "{value} (in every draw)"),
    "opening.amount_same": ("{value}（每次推演都相同）", "{value} (the same in every draw)"),
    "opening.amount_inner": ("{value}，{low} 至 {high}", "{value}, {low} to {high}"),
    "opening.amount_short": ("{value}（{low} 至 {high}）", "{value} ({low} to {high})"),
    "opening.money": ("{value} 万元", "{value} million yuan"),
    "opening.money_unit": ("万元", "million yuan"),
    "opening.unit.SD": (" SD", " SD"),
    "opening.unit.percent": ("%", "%"),
    "opening.unit.points": (" 个百分点", " percentage points"),
    "opening.unit.schools": (" 所", " schools"),
    "opening.unit.pupils_class": (" 人", " pupils a class"),
    "opening.unit.quality": (" SD/年", " SD a year"),
    "opening.unit_items": ("项", "of 7"),
    "opening.indicator": ("{stage}{name}", "{name} ({stage})"),
    "opening.indicator_stages": ("{name}（{stages}）", "{name} ({stages})"),
    "opening.policy_value": ("{policy} {value}", "{policy} {value}"),
    "opening.pair": ("{a}与{b}", "{a} against {b}"),
    "opening.base_year": ("{year} 年", "{year}"),
    # --- first page: headline -------------------------------------------------------------------------
    "opening.title": ("一页纸", "In one page"),
    "opening.named.the": ("{name}", "the {name}"),
    "opening.named.several": ("{name}", "{name}s"),
    "opening.head.narrow_one": (
        "到 {year} 年，较{baseline}，{policies}能确定缩小核心校与成员校成绩差距：{value}，即{baseline}下差距的 {share}。",
        "By {year} the core-member gap in achievement is surely narrower under {policies}: by {value}, {share} of the gap under {baseline}.",
    ),
    "opening.head.narrow_most": (
        "到 {year} 年，较{baseline}，{policies}都能确定缩小核心校与成员校成绩差距，{leader}最多：{value}，即{baseline}下差距的 {share}。",
        "By {year} the core-member gap in achievement is surely narrower under {policies}, most under {leader}: by {value}, {share} "
        "of the gap under {baseline}.",
    ),
    "opening.head.narrow_equal": (
        "到 {year} 年，较{baseline}，{policies}都能确定缩小核心校与成员校成绩差距；{leaders}最多，分不出高下"
        "（{leader} {value}，即{baseline}下差距的 {share}）。",
        "By {year} the core-member gap in achievement is surely narrower under {policies}, most under {leaders}, which cannot "
        "be told apart ({leader}: {value}, {share} of the gap under {baseline}).",
    ),
    "opening.head.narrow_all_equal": (
        "到 {year} 年，较{baseline}，{policies}都能确定缩小核心校与成员校成绩差距，分不出高下（{leader} {value}，即{baseline}下差距的 {share}）。",
        "By {year} the core-member gap in achievement is surely narrower under {policies}; they cannot be told apart ({leader}: "
        "{value}, {share} of the gap under {baseline}).",
    ),
    "opening.head.none": (
        "到 {year} 年，较{baseline}，没有哪种政策能确定缩小核心校与成员校成绩差距；相差最大的是{policy}：{value}。",
        "By {year} the core-member gap in achievement surely narrows against {baseline} under no policy; the largest difference is under {policy}: {value}.",
    ),
    "opening.head.nothing": ("{year} 年没有可比较的成绩差距。", "There is no gap in achievement to compare in {year}."),
    "opening.head.wide": ("{policies}能确定扩大差距。", "It surely widens under {policies}."),
    "opening.head.other_design": ("但{which}，{policies}最多。", "But {which}, most under {policies}."),
    "opening.head.idle": (
        "{policies}按文件日期在推演年份内不施行，与{baseline}完全相同。",
        "{policies}: by its dates this does not act in the years simulated and is the same as {baseline}.",
    ),
    "opening.head.open": ("{policies}的差距是否不同，未能确定。", "Whether it differs under {policies} cannot be told."),
    "opening.head.cost": ("每年专项支出多 {value}。", "Programme money: {value} a year more."),
    "opening.head.cost_same": ("每年专项支出各多约 {value}。", "Programme money: about {value} a year more each."),
    "opening.head.cost_none": ("专项支出没有差别。", "Programme money does not differ."),
    "opening.head.cost_each": ("专项支出比{baseline}每年多：{costs}。", "Programme money a year beyond {baseline}: {costs}."),
    "opening.head.cost_of": ("{policy} {value}", "{policy} {value}"),
    "opening.head.one_draw": (
        "每种政策只推演了 1 次，没有区间：政策之间的任何差别都不能判断是否出于偶然。下表数字只供核对，不能作为决策依据。",
        "Each policy was run once, so there are no intervals: of no difference between policies can it be told whether it is chance. The numbers below are "
        "for checking only and no ground for a decision.",
    ),
    "opening.head.alone": (
        "本结果只有一种政策（{policy}），没有与任何政策比较：只能说 {start} 年到 {year} 年的变化，不能说变化由政策带来。",
        "This result holds one policy only ({policy}) and compares nothing: it can say what changes from {start} to {year}, not that the policy brings it "
        "about.",
    ),
    "opening.head.alone_clear": (
        "核心校与成员校的成绩差距由 {first}变为 {last}，变化 {value}。",
        "The gap in achievement between core and member schools goes from {first} to {last}, a change of {value}.",
    ),
    "opening.head.alone_open": (
        "核心校与成员校的成绩差距 {start} 年为 {first}，{year} 年为 {last}，变化的方向未能确定（{value}）。",
        "The gap in achievement between core and member schools is {first} in {start} and {last} in {year}; which way it goes cannot be told ({value}).",
    ),
    "opening.head.alone_one_draw": (
        "只推演了 1 次：核心校与成员校的成绩差距 {start} 年为 {first}，{year} 年为 {last}，变化 {value}，是否出于偶然不能判断。",
        "It was run once: the gap in achievement between core and member schools is {first} in {start} and {last} in {year} ({value}); whether that is "
        "chance cannot be told.",
    ),
    "opening.moved.both_sides": (
        "差距的缩小约 {share} 来自成员校提高（{member}），约 {rest} 来自核心校下降（{core}）。",
        "About {share} of the narrowing is a rise of member schools ({member}), about {rest} a fall of core schools ({core}).",
    ),
    "opening.moved.below": (
        "变化来自成员校提高（{member}）；核心校的变化未能确定（{core}）。",
        "What moves is the member schools, which rise ({member}); whether core schools move cannot be told ({core}).",
    ),
    "opening.moved.both_up": (
        "成员校提高（{member}），核心校也提高（{core}）。",
        "Member schools rise ({member}), and core schools rise too ({core}).",
    ),
    "opening.moved.above": (
        "变化来自核心校下降（{core}）；成员校未见确定的提高（{member}）。",
        "What moves is the core schools, which fall ({core}); member schools do not surely rise ({member}).",
    ),
    "opening.moved.both_down": (
        "核心校下降（{core}），成员校也下降（{member}）。",
        "Core schools fall ({core}), and member schools fall too ({member}).",
    ),
    "opening.moved.open": (
        "成员校（{member}）与核心校（{core}）各自的变化都未能确定。",
        "Whether member schools ({member}) or core schools ({core}) move cannot be told.",
    ),
    "opening.moved_brief.both_sides": (
        "约 {share} 来自成员校提高，其余来自核心校下降。",
        "About {share} is member schools rising, the rest core schools falling.",
    ),
    "opening.moved_brief.below": (
        "缩小来自成员校提高；核心校的变化未能确定。",
        "Member schools rise; whether core schools move cannot be told.",
    ),
    "opening.moved_brief.both_up": ("成员校和核心校都提高。", "Member schools and core schools both rise."),
    "opening.moved_brief.above": (
        "缩小来自核心校下降；成员校未见确定的提高。",
        "It is core schools that fall; member schools do not surely rise.",
    ),
    "opening.moved_brief.both_down": ("核心校和成员校都下降。", "Core schools and member schools both fall."),
    "opening.moved_brief.open": (
        "成员校、核心校各自的变化未能确定。",
        "Whether member or core schools move cannot be told.",
    ),
    # --- first page: table ----------------------------------------------------------------------------
    "opening.table.effects": ("{year} 年各政策与{baseline}之差（{draws} 次成对推演）", "Differences from {baseline} in {year} ({draws} paired draws)"),
    "opening.table.effects_one": ("{year} 年各政策与{baseline}之差", "Differences from {baseline} in {year}"),
    "opening.table.changes": ("{start} 年到 {year} 年的变化", "Changes from {start} to {year}"),
    "opening.table.level": ("{baseline}下差距 {level}。", "Gap under {baseline}: {level}. "),
    "opening.table.note": (
        "SD 为学生成绩标准差，括号内为 95% 区间；整个区间不超上限才算达标，达标概率含校级标准。",
        "SD of pupils' achievement; 95% intervals. Met: the whole interval keeps the limit; all met: the school rule too.",
    ),
    "opening.table.note_one": (
        "只推演 1 次，没有区间，不作任何判定。",
        "One draw only: no intervals, and nothing is judged.",
    ),
    "opening.col.policy": ("政策", "Policy"),
    "opening.col.gap": ("核心成员差距", "Core-member gap"),
    "opening.col.weak": ("薄弱半数学校", "Weaker half"),
    "opening.col.core": ("核心校", "Core schools"),
    "opening.col.kept": ("{stage}达标", "{stage} met"),
    "opening.col.cost": ("每年专项支出", "Programme money a year"),
    "opening.col.all": ("达标概率", "All met"),
    # --- first page: what to do -----------------------------------------------------------------------
    "opening.do": ("可以做", "What to do"),
    "opening.dont": ("不要做", "What not to do"),
    "opening.unknown": ("还不知道", "What is unknown"),
    "opening.collect": ("先收集哪些数据", "Which data to collect first"),
    "opening.do.lift_one": (
        "可优先考虑{policies}：能确定缩小差距，也能确定提高薄弱半数学校。",
        "Consider {policies} first: the gap surely narrows and the weaker half of schools surely rises.",
    ),
    "opening.do.lift_one_open": (
        "能确定缩小差距、又能确定提高薄弱半数学校的只有{policies}，但不能断定优于{rivals}。",
        "Only under {policies} does the gap surely narrow and the weaker half surely rise, but it cannot be said to do better than {rivals}.",
    ),
    "opening.do.lift_most_open": (
        "{policies}都能缩小差距、提高薄弱半数学校；其中{leader}缩小最多，但不能断定优于{rivals}。",
        "Under {policies} the gap narrows and the weaker half rises; of these most under {leader}, but it cannot be said to do better than {rivals}.",
    ),
    "opening.do.lift_most": (
        "{policies}都能缩小差距、提高薄弱半数学校；{leader}缩小最多，可优先考虑。",
        "Consider {leader} first: the weaker half of schools rises and the gap narrows under {policies}, most there.",
    ),
    "opening.do.lift_designs": (
        "{policies}都能缩小差距、提高薄弱半数学校，均可考虑；哪种最多随结对而变，不宜据此取舍。",
        "Consider {policies}: under each the gap narrows and the weaker half rises. Which does most depends on the pairing; do not choose by that.",
    ),
    "opening.do.lift_equal": (
        "{policies}都能缩小差距、提高薄弱半数学校；其中{leaders}缩小最多，分不出高下。",
        "Under {policies} the gap narrows and the weaker half of schools rises; of these most under {leaders}, which cannot be told apart.",
    ),
    "opening.do.lift_all_equal": (
        "{policies}都能缩小差距、提高薄弱半数学校；缩小多少，分不出高下。",
        "Under {policies} the gap narrows and the weaker half of schools rises; how far it narrows cannot be told apart.",
    ),
    "opening.do.price_free": (
        "{policies}缩小差距，不多用专项经费。",
        "Under {policies} the gap narrows without more programme money.",
    ),
    "opening.do.price_alone": (
        "每缩小 0.01 SD 差距，专项经费累计多 {value}，以此核算。",
        "Budget {value} of programme money in all for each 0.01 SD of narrowing.",
    ),
    "opening.do.price_one": (
        "每缩小 0.01 SD 差距，{policy}累计多用的专项经费最少：{value}。",
        "0.01 SD of narrowing takes least programme money in all under {policy}: {value}.",
    ),
    "opening.do.price_several": (
        "每缩小 0.01 SD 差距，{policies}累计多用的专项经费最少，哪种更少未定（{policy} {value}）。",
        "0.01 SD of narrowing takes least programme money in all under {policies}; which is lower is open ({policy}: {value}).",
    ),
    "opening.do.price_open": (
        "每缩小 0.01 SD 差距累计多用的专项经费，哪种更少未定（{policy} {value}）。",
        "Under which 0.01 SD of narrowing takes least programme money in all is open ({policy}: {value}).",
    ),
    "opening.do.price_designs": (
        "每缩小 0.01 SD 差距，累计多用的专项经费最少的：{own}是{one}，{other}是{two}。",
        "0.01 SD of narrowing takes least programme money in all: {own} under {one}, {other} under {two}.",
    ),
    "opening.do.choose": ("{leaders}之间取舍：{parts}。", "Between {leaders}: {parts}."),
    "opening.do.cheaper": (
        "每缩小 0.01 SD 差距，{policy}专项经费最省（{value}）",
        "0.01 SD of narrowing takes least programme money under {policy} ({value})",
    ),
    "opening.do.same_price": (
        "每缩小 0.01 SD 差距的专项经费分不出多少",
        "what programme money 0.01 SD of narrowing takes cannot be told apart",
    ),
    "opening.do.lifts": ("薄弱半数学校在{policy}下提高较多", "the weaker half rises more under {policy}"),
    "opening.do.milder": ("核心校在{policy}下较好", "core schools fare better under {policy}"),
    "opening.do.same_core": ("对核心校的影响分不出轻重", "what core schools lose cannot be told apart"),
    "opening.do.none": (
        "没有哪种政策能确定既缩小差距又提高薄弱半数学校：不宜据此选定，宜小范围先试。",
        "Under no policy does the gap surely narrow and the weaker half of schools rise: choose none on this ground; try on a small scale.",
    ),
    "opening.do.not_weak": (
        "{policies}缩小差距，但薄弱半数学校未见确定的提高，不宜用来托底。",
        "Under {policies} the gap narrows but the weaker half does not surely rise: no means of raising the floor.",
    ),
    "opening.do.lost": (
        "若实行{policies}，另行安排：{names}；其系数在{baseline}下能确定达标，改行后不能。",
        "With {policies}, provide separately for {names}: they surely keep their limits under {baseline}, but not then.",
    ),
    "opening.do.lost_any": (
        "不论实行哪种，另行安排：{names}；其系数在{baseline}下能确定达标，改行后不能。",
        "With any of them, provide separately for {names}: they surely keep their limits under {baseline}, but not then.",
    ),
    "opening.do.schools_one": (
        "要减少未达校级标准的学校，{leader}减少最多：比{baseline}少 {value}。",
        "The school rule is failed least under {leader}: by {value} fewer than under {baseline}.",
    ),
    "opening.do.schools_sure": (
        "未达校级标准的学校，能确定比{baseline}减少的有{policies}（{leader}少 {value}）{end}。",
        "Surely fewer schools fail the school rule than under {baseline} under {policies} ({leader}: by {value}){end}.",
    ),
    "opening.do.schools_same": (
        "；{leader}与{others}分不出高下",
        "; {leader} cannot be told apart from {others}",
    ),
    "opening.do.schools_designs": ("；哪种最多随结对而变", "; which leaves fewest depends on the pairing"),
    "opening.do.more_draws": (
        "增加推演次数（至少 20 次）后再看：只有 1 次，任何政策都不能说优于另一种。",
        "Run more draws (20 or more) before reading on: with one, no policy can be called better than another.",
    ),
    "opening.do.compare": (
        "把{policy}与现行做法作成对比较（edusim compare），才能谈该不该做。",
        "Compare {policy} with present practice in paired draws (edusim compare) before asking what to do.",
    ),
    # --- first page: what not to do -------------------------------------------------------------------
    "opening.dont.rule_all": (
        "不要指望七项差异系数全部达标：{year} 年概率各政策均为 {value}。",
        "Do not expect all seven coefficients to keep their limits: in {year} the probability is {value} under every policy.",
    ),
    "opening.dont.rule_some": (
        "不要指望七项差异系数全部达标（{year} 年概率）：{values}。",
        "Do not expect all seven coefficients to keep their limits (probability in {year}): {values}.",
    ),
    "opening.dont.rule_but": ("{policies}多半能达标。", " Under {policies} they probably will."),
    "opening.dont.rule_open": (
        "不要预先承诺七项差异系数全部达标，尚难断定（{year} 年概率）：{values}。",
        "Do not promise that all seven coefficients keep their limits; it is open (probability in {year}): {values}.",
    ),
    "opening.dont.rule_open_all": (
        "不要预先承诺七项差异系数全部达标，尚难断定：{year} 年概率各政策均为 {value}。",
        "Do not promise that all seven coefficients keep their limits; it is open: in {year} the probability is {value} under every policy.",
    ),
    "opening.dont.proxy": (
        "不要用差异系数代替学习：{policies}下差距缩小，达标项数却比{against}少。",
        "Do not read the coefficients as learning: under {policies} the gap narrows, yet fewer keep their limits than under {against}.",
    ),
    "opening.dont.flatter": (
        "不要把指标好看当作学习改善：{policies}下达标项数比{against}多，差距却扩大或薄弱半数学校下降。",
        "Do not take better coefficients for learning: under {policies} more keep their limits than under {against}, while the gap widens or the weaker "
        "half falls.",
    ),
    "opening.dont.core_all": (
        "不要再多从核心校抽调：{policies}下核心校成绩确定低于{baseline}。",
        "Do not draw more from core schools: under {policies} their achievement is surely below {baseline}.",
    ),
    "opening.dont.core_most": (
        "不要再多从核心校抽调：{policies}下核心校成绩确定低于{baseline}，{policy}降得最多。",
        "Do not draw more from core schools: under {policies} their achievement is surely below {baseline}, most under {policy}.",
    ),
    "opening.dont.one_draw": ("不要据此选定或否定任何政策。", "Do not choose or reject any policy on this ground."),
    "opening.dont.alone": (
        "不要把{policy}下的变化当作它的效果。",
        "Do not take what changes under {policy} for its effect.",
    ),
    "opening.dont.rank_synthetic": (
        "不要给学校排名：各校都是生成的，不是真实学校。",
        "Do not rank schools: they are generated, none is real.",
    ),
    "opening.dont.rank_roster": (
        "不要给学校排名：各校成绩是抽取的，不是实测。",
        "Do not rank schools: their achievement is drawn, not measured.",
    ),
    # --- first page: what is unknown ------------------------------------------------------------------
    "opening.unknown.alone": (
        "没有比较：不知道若不实行该政策会怎样。",
        "Nothing is compared: what would happen without the policy is not known.",
    ),
    "opening.unknown.one_draw": (
        "各政策之间的差别是否出于偶然，一概不知。",
        "Of no difference between policies is it known whether it is chance.",
    ),
    "opening.unknown.none_apart": (
        "{policies}缩小差距的效果，彼此都分不出高下。",
        "What happens to the gap under {policies} cannot be told apart.",
    ),
    "opening.unknown.apart": (
        "对差距的效果分不出高下的：{pairs}（{all} 对政策中有 {n} 对）。",
        "Effects on the gap that cannot be told apart: {pairs} ({n} of {all} pairs of policies).",
    ),
    "opening.design.feasible": ("按实际约束", "as feasible"),
    "opening.design.identical": ("按同样的学校配对", "among identical pairs"),
    "opening.unknown.designs_sign": (
        "{policy}究竟缩小还是扩大差距，两种比较说法相反：{own} {one}，{other} {two}。",
        "Whether the gap narrows or widens under {policy}: the two comparisons contradict each other, {own} {one}, {other} {two}.",
    ),
    "opening.unknown.designs_order": (
        "哪种政策缩小最多，取决于如何结对：{own}是{one}，{other}是{two}。",
        "Which policy narrows the gap most depends on how schools are paired: {own} {one}, {other} {two}.",
    ),
    "opening.unknown.designs_only": (
        "只有{which}能确定缩小差距（{policies}），{against}不能确定。",
        "Only {which} does the gap surely narrow ({policies}); {against} that cannot be told.",
    ),
    "opening.unknown.assumed": (
        "所用 {n} 个参数中有 {assumed} 个（{share}）是假定，区间没有算进假定的不确定。",
        "{assumed} of the {n} parameters used ({share}) are assumptions; the intervals do not cover that.",
    ),
    "opening.unknown.assumed_one": (
        "所用 {n} 个参数中有 {assumed} 个（{share}）是假定，没有研究依据。",
        "{assumed} of the {n} parameters used ({share}) are assumptions without evidence.",
    ),
    "opening.unknown.study": ("另一项研究：{said}", "Another study: {said}"),
    "opening.unknown.study_there": (
        "换了假定哪种模式更好，附有另一项研究，见“{chapter}”。",
        "Which mode is better under other assumptions: see the study in “{chapter}”.",
    ),
    "opening.unknown.causes": (
        "各种办学模式有没有用、有多大用，没有因果研究可以对照。",
        "No causal study says whether any of the modes works, or how much.",
    ),
    # --- first page: data -----------------------------------------------------------------------------
    "opening.collect.synthetic": (
        "本县没有一项数据是实测：先填写学校名册，尤其是七项指标所用的 {n} 列。",
        "Nothing here is measured: fill in the roster of schools first, above all the {n} columns the seven indicators need.",
    ),
    "opening.collect.column": ("{name}（缺 {n} 格，{share}）", "{name} ({n} cells, {share})"),
    "opening.collect.columns": ("补齐名册中抽取代替的列：{names}。", "Complete the roster where cells were drawn: {names}."),
    "opening.collect.columns_most": (
        "补齐名册中抽取代替的列，共 {n} 列，先补{names}。",
        "Complete the roster where cells were drawn, {n} columns, first {names}.",
    ),
    "opening.collect.tables": ("填写整张未给的名册：{names}。", "Fill in the sheets that were not given: {names}."),
    "opening.collect.complete": ("名册各列已齐全。", "The roster's columns are complete."),
    "opening.collect.matters": ("先弄清对结果影响最大的：{names}。", "Settle first what moves the results most: {names}."),
    "opening.collect.indicators": (
        "逐校核实判定未定的指标：{names}。",
        "Verify school by school the indicators whose verdict is open: {names}.",
    ),
    "opening.collect.scores": (
        "学生成绩全部是抽取的：收集历年统考成绩，与同一学生的入学成绩相连。",
        "All achievement is drawn: collect yearly results of common tests, tied to the same pupils' results at entry.",
    ),
    "opening.collect.no_study": (
        "未附敏感性分析，不知道哪些参数最该先测（edusim sensitivity）。",
        "No sensitivity study is attached, so which parameters to measure first is not known (edusim sensitivity).",
    ),
    "opening.column.pupils": ("在校学生数", "pupils"),
    "opening.column.pupils_grades": ("分年级学生数", "pupils by grade"),
    "opening.column.seats": ("学位数", "places"),
    "opening.column.coordinates": ("学校坐标", "coordinates"),
    "opening.column.fee_yuan_year": ("学费", "fees"),
    "opening.column.boarding": ("寄宿制", "boarding"),
    "opening.column.allowance_class": ("津贴类别", "class of allowance"),
    "opening.column.teachers": ("专任教师数", "teachers"),
    "opening.column.teachers_above_degree": ("高于规定学历教师数", "teachers above the required degree"),
    "opening.column.teachers_backbone": ("骨干教师数", "backbone teachers"),
    "opening.column.teachers_pe_art_music": ("体音美教师数", "PE, art and music teachers"),
    "opening.column.teachers_senior": ("高级职称教师数", "teachers with a senior title"),
    "opening.column.buildings_m2": ("教学及辅助用房面积", "teaching floor area"),
    "opening.column.sports_m2": ("体育运动场馆面积", "sports area"),
    "opening.column.equipment_yuan": ("教学仪器设备值", "equipment value"),
    "opening.column.rooms": ("网络多媒体教室数", "multimedia rooms"),
    "opening.column.operating_yuan_pupil": ("生均公用经费", "operating funds a pupil"),
    # --- official indicators --------------------------------------------------------------------------
    "indicators_chapter.title": ("对照官方指标", "Against the official indicators"),
    "indicators_chapter.none": (
        "结果中没有七项指标的差异系数。",
        "The results hold no coefficients of the seven indicators.",
    ),
    "indicators_chapter.limit": ("{stage}不超过 {limit}", "at most {limit} ({stage})"),
    "indicators_chapter.rule": (
        "按教督〔2017〕6号，七项资源配置指标的校际差异系数须各自达标：{limits}；没有综合系数。整个 95% 区间都在上限以内的判为达标，都在上限以外的判为未达标"
        "，其余为未定。",
        "Under 教督〔2017〕6号 the coefficient of difference of each of the seven resource indicators must keep its limit: {limits}; there is no "
        "composite. It meets the limit when the whole 95% interval keeps it, fails when none of it does, and is open otherwise.",
    ),
    "indicators_chapter.rule_one": (
        "按教督〔2017〕6号，七项资源配置指标的校际差异系数须各自达标：{limits}；没有综合系数。",
        "Under 教督〔2017〕6号 the coefficient of difference of each of the seven resource indicators must keep its limit: {limits}; there is no composite.",
    ),
    "indicators_chapter.one_draw": (
        "每种政策只推演了 1 次，没有区间，一概不作判定。",
        "Each policy was run once: there are no intervals and nothing is judged.",
    ),
    "indicators_chapter.kept": ("{stage} {n} 项", "{stage} {n}"),
    "indicators_chapter.of": ("{policy}{kept}", "{policy} {kept}"),
    "indicators_chapter.last": (
        "{year} 年能确定达标的差异系数：{parts}。",
        "Coefficients that surely keep their limit in {year}: {parts}.",
    ),
    "indicators_chapter.chance_same": (
        "七项在各学段全部达标的概率，各政策均为 {value}。",
        "The probability that all seven keep their limits at every stage is {value} under every policy.",
    ),
    "indicators_chapter.chance": (
        "七项在各学段全部达标的概率：{values}。",
        "Probability that all seven keep their limits at every stage: {values}.",
    ),
    "indicators_chapter.county": ("县级：七项差异系数", "The county: seven coefficients of difference"),
    "indicators_chapter.gone_all": ("各政策下都有{names}", "under every policy, {names}"),
    "indicators_chapter.gone": ("{policy}下有{names}", "under {policy}, {names}"),
    "indicators_chapter.none_before": (
        "{stage}：{start} 年没有一项能确定达标。",
        "{stage}: no coefficient surely keeps its limit in {start}.",
    ),
    "indicators_chapter.before": (
        "{stage}：{start} 年有 {n} 项能确定达标；其中到 {year} 年不再能确定的，{parts}。",
        "{stage}: {n} coefficients surely keep their limit in {start}. No longer sure in {year}: {parts}.",
    ),
    "indicators_chapter.all_stay": (
        "{stage}：{start} 年能确定达标的 {n} 项，到 {year} 年在各政策下仍都能确定。",
        "{stage}: the {n} coefficients that surely keep their limit in {start} still do so under every policy in {year}.",
    ),
    "indicators_chapter.col.indicator": ("指标", "Indicator"),
    "indicators_chapter.col.limit": ("限值", "Limit"),
    "indicators_chapter.col.verdict": ("判定", "Verdict"),
    "indicators_chapter.col.chance": ("{year} 年达标概率", "Probability in {year}"),
    "indicators_chapter.col.since": ("确定达标始于", "Surely from"),
    "indicators_chapter.col.probably": ("多半达标始于", "Probably from"),
    "indicators_chapter.col.stage": ("学段", "Stage"),
    "indicators_chapter.col.zone": ("城乡", "Place"),
    "indicators_chapter.col.role": ("基年角色", "Role, base year"),
    "indicators_chapter.col.schools": ("学校数", "Schools"),
    "indicators_chapter.col.school": ("学校（代号）", "School (pseudonym)"),
    "indicators_chapter.col.weakest": ("最常不足的指标", "Missed most often"),
    "indicators_chapter.col.range": ("{year} 年及区间", "{year}, with interval"),
    "indicators_chapter.col.last": ("{year} 年", "{year}"),
    "indicators_chapter.col.item": ("项目", "Item"),
    "indicators_chapter.no_year": ("无", "none"),
    "indicators_chapter.at_least": ("≥ {limit}", "≥ {limit}"),
    "indicators_chapter.at_most": ("≤ {limit}", "≤ {limit}"),
    "indicators_chapter.table.cv": (
        "七项差异系数：{stage}（上限 {limit}）",
        "Seven coefficients of difference: {stage} (limit {limit})",
    ),
    "indicators_chapter.table.cv_note": (
        "末年括号内为单次推演的 95% 范围；达标概率为达标的推演所占比例及其 95% 区间。“始于”指从该学年起直到末年都确定（整个区间达标）或多半（概率的区间高于"
        "一半）达标。",
        "Last year: 95% range of single draws in brackets. Probability: share of draws that keep the limit, with its 95% interval. “From”: the school year "
        "from which to the last the limit is surely (whole interval) or probably (interval of the probability above one half) kept.",
    ),
    "indicators_chapter.table.rule": (
        "七项全部达标的概率，逐年",
        "Probability that all seven keep their limits, by year",
    ),
    "indicators_chapter.rule_constant": (
        "{start} 年至 {year} 年，各学段七项全部达标的概率在各政策下逐年都是 {value}。",
        "From {start} to {year} the probability that all seven keep their limits at a stage is {value} in every year under every policy.",
    ),
    "indicators_chapter.table.rule_note": (
        "占推演次数的比例；全学段指小学、初中都达标。",
        "Share of the draws; all grades: at both stages.",
    ),
    "indicators_chapter.figure.seven": (
        "{year} 年七项差异系数与上限",
        "The seven coefficients and their limits in {year}",
    ),
    "indicators_chapter.figure.seven_alt": (
        "分学段、分政策画出 {year} 年七项差异系数的均值和 95% 范围，红线为上限。{text}",
        "The seven coefficients of {year} by stage and policy, mean and 95% range, with their limits in red. {text}",
    ),
    "indicators_chapter.figure.seven_alt_one": (
        "分学段、分政策画出 {year} 年七项差异系数，红线为上限。{text}",
        "The seven coefficients of {year} by stage and policy, with their limits in red. {text}",
    ),
    "indicators_chapter.figure.compliance": ("差异系数达标的概率，逐年", "Probability of keeping the limits, by year"),
    "indicators_chapter.figure.compliance_alt": (
        "分指标、学段和政策画出逐年达标的概率。{text}",
        "Probability of keeping each limit by indicator, stage, year and policy. {text}",
    ),
    "indicators_chapter.schools": ("校级：七项中至少六项", "The schools: at least six of seven"),
    "indicators_chapter.school_rule": (
        "每所学校须有至少六项达标，余下一项不低于标准的 85%。{year} 年参评学校平均 {n} 所（不含不足 50 人的教学点）。",
        "Every school must meet at least six of seven, and the remaining one at 85% of its standard. On average {n} schools are judged in {year} (none "
        "below 50 pupils).",
    ),
    "indicators_chapter.meeting": (
        "达到校级标准的学校 {start} 年平均 {before}，{year} 年：{values}。",
        "Schools that meet the rule: {before} on average in {start}; in {year}: {values}.",
    ),
    "indicators_chapter.meeting_range": (
        "达到校级标准的学校 {start} 年平均 {before}，{year} 年平均（括号内为单次推演的 95% 范围）：{values}。",
        "Schools that meet the rule: {before} on average in {start}; in {year}, 95% range of single draws in brackets: {values}.",
    ),
    "indicators_chapter.failing_fewer": (
        "{policies}下未达校级标准的学校能确定少于{against}。",
        "Under {policies} surely fewer schools fail than {against} has.",
    ),
    "indicators_chapter.failing_more": (
        "{policies}下未达校级标准的学校能确定多于{against}。",
        "Under {policies} surely more schools fail than {against} has.",
    ),
    "indicators_chapter.weakest": (
        "{policy}下学校最常不足的是{name}：平均 {value} 的学校低于标准。",
        "What schools miss most often under {policy} is {name}: on average {value} of the schools are below the standard.",
    ),
    "indicators_chapter.table.cv_short_note": (
        "{year} 年均值，括号内为单次推演的 95% 范围；判定按整个范围。各年达标概率见图和工作簿。",
        "Mean in {year}, 95% range of single draws in brackets; the verdict is of the whole range. Probabilities by year: figure and workbook.",
    ),
    "indicators_chapter.table.cv_short_note_one": (
        "{year} 年数值；只推演 1 次，没有区间，不作任何判定。",
        "Values of {year}. One draw only: no intervals, and nothing is judged.",
    ),
    "indicators_chapter.table.groups_note_one": (
        "只推演 1 次的校数（所）。各校逐一列在工作簿中；本表不是排名。",
        "Number of schools in the one draw. Every school stands in the workbook; this is no ranking.",
    ),
    "indicators_chapter.table.schools_note_one": (
        "按学段、城乡和代号排列，不是排名。只推演 1 次：100% 为这次达到，0% 为未达到；“–”为不参评。最常不足的指标按{policy}计。",
        "By stage, place and pseudonym; no ranking. One draw: 100% where it meets the rule, 0% where it does not; – where it is not judged. Missed most "
        "often: under {policy}.",
    ),
    "indicators_chapter.table.counts_note_one": (
        "只推演 1 次，不作任何判定。班额上限：小学 45 人、初中 50 人；规模上限：2,000 人，九年一贯制 2,500 人。",
        "One draw only: nothing is judged. Class limits: 45 (primary), 50 (junior); size limits: 2,000 pupils, nine-year schools 2,500.",
    ),
    "indicators_chapter.table.shares_note_one": (
        "只推演 1 次，不作任何判定。校际差异率的官方算法未见公开文本，这里按组内相关系数理解，只是读法之一。",
        "One draw only: nothing is judged. No published text gives the official formula of the between-school difference; the ICC is one reading of it.",
    ),
    "indicators_chapter.table.groups": (
        "{year} 年达到校级标准的学校数，按学段、城乡和角色",
        "Schools that meet the school rule in {year}, by stage, place and role",
    ),
    "indicators_chapter.table.groups_note": (
        "均值及单次推演的 95% 范围（所）。各校逐一列在工作簿中；本表不是排名。",
        "Mean number of schools with the 95% range of single draws. Every school stands in the workbook; this is no ranking.",
    ),
    "indicators_chapter.table.schools": (
        "{year} 年各校达到校级标准的概率",
        "Each school's probability of meeting the school rule in {year}",
    ),
    "indicators_chapter.table.schools_note": (
        "按学段、城乡和代号排列，不是排名。达到标准的推演所占比例及其 95% 区间；“–”为不参评。最常不足的指标按{policy}计。",
        "By stage, place and pseudonym; no ranking. Share of draws that meet the rule with its 95% interval; – where it is not judged. Missed most often: "
        "under {policy}.",
    ),
    "indicators_chapter.others": ("其他有限值的项目", "Other items with a limit"),
    "indicators_chapter.item.official.schools_failing": ("未达校级标准的学校数", "Schools failing the school rule"),
    "indicators_chapter.item.official.schools_class_breach": (
        "有超班额班级的学校数",
        "Schools with a class over the limit",
    ),
    "indicators_chapter.item.official.schools_size_breach": ("超规模学校数", "Schools over the size limit"),
    "indicators_chapter.item.learning.icc": (
        "学业校际差异率，按组内相关系数",
        "Between-school difference in achievement, read as ICC",
    ),
    "indicators_chapter.item.staffing.rotation_share_eligible": (
        "年交流比例，占符合条件教师",
        "Yearly rotation, of eligible teachers",
    ),
    "indicators_chapter.item.staffing.rotation_backbone_share": (
        "交流教师中的骨干比例",
        "Backbone teachers among those rotated",
    ),
    "indicators_chapter.item.families.satisfaction": ("家长满意度", "Satisfaction of families"),
    "indicators_chapter.item.families.satisfaction_worst": ("家长满意度最低的学校", "Satisfaction, lowest school"),
    "indicators_chapter.table.counts": ("{year} 年校数类项目", "Counts of schools in {year}"),
    "indicators_chapter.table.counts_note": (
        "括号内为单次推演的 95% 范围。班额上限：小学 45 人、初中 50 人；规模上限：2,000 人，九年一贯制 2,500 人。",
        "95% range of single draws in brackets. Class limits: 45 (primary), 50 (junior); size limits: 2,000 pupils, nine-year schools 2,500.",
    ),
    "indicators_chapter.table.shares": ("{year} 年比例类项目", "Shares in {year}"),
    "indicators_chapter.table.shares_note": (
        "括号内为单次推演的 95% 范围。校际差异率的官方算法未见公开文本，这里按组内相关系数理解，只是读法之一。",
        "95% range of single draws in brackets. No published text gives the official formula of the between-school difference; the ICC is one reading of "
        "it.",
    ),
    "indicators_chapter.verdict_single": ("{name}：{verdict}。", "{name}: {verdict}."),
    "indicators_chapter.verdict_same": ("{name}：各政策均为{verdict}。", "{name}: {verdict} under every policy."),
    "indicators_chapter.verdict_of": ("{verdict}的有{policies}", "{verdict}: {policies}"),
    "indicators_chapter.verdict_differs": ("{name}：{parts}。", "{name}: {parts}."),
    "indicators_chapter.not_reckoned": (
        "政府保障程度和教育质量中未列出的各项（如校舍音美教室、教师工资、巩固率、国家监测水平）不在推演之内。",
        "Items of government support and quality that are not listed (such as music and art rooms, teachers' pay, retention, national monitoring levels) "
        "are not simulated.",
    ),
    # --- gains and losses -----------------------------------------------------------------------------
    "winners.title": ("谁受益，谁受损", "Who gains and who loses"),
    "winners.one_draw": (
        "只推演了 1 次，没有区间，不能说谁受益、谁受损。",
        "One draw only: without intervals nobody can be said to gain or to lose.",
    ),
    "winners.lead": ("{policies}与{against}相比：{parts}。", "{policies} against {against}: {parts}."),
    "winners.lead_open": (
        "{policies}与{against}相比：没有哪一类学校或学生的变化能够确定。",
        "{policies} against {against}: of no group of schools or pupils can it be told which way it moves.",
    ),
    "winners.rise": ("能确定提高的有{groups}", "surely higher: {groups}"),
    "winners.fall": ("能确定下降的有{groups}", "surely lower: {groups}"),
    "winners.group.learning.core_mean": ("核心校", "core schools"),
    "winners.group.learning.member_mean": ("成员校", "member schools"),
    "winners.group.learning.top_quarter": ("前四分之一学校", "top quarter of schools"),
    "winners.group.learning.weak_half": ("薄弱半数学校", "weaker half of schools"),
    "winners.group.learning.urban_mean": ("城区学校", "urban schools"),
    "winners.group.learning.rural_mean": ("乡村及山区学校", "rural and mountain schools"),
    "winners.group.learning.low_ses": ("困难家庭学生", "low-SES pupils"),
    "winners.group.learning.mean": ("全县学生", "all pupils"),
    "winners.col.group": ("谁", "Who"),
    "winners.col.level": ("{baseline}的水平", "Level, {baseline}"),
    "winners.col.narrower": ("差距缩小", "Narrowing"),
    "winners.col.member": ("成员校变化", "Member schools"),
    "winners.col.core": ("核心校变化", "Core schools"),
    "winners.col.share": ("来自成员校提高", "Share from members' rise"),
    "winners.col.kind": ("学校类别", "Kind of school"),
    "winners.col.schools": ("学校数", "Schools"),
    "winners.col.up": ("确定上升", "Surely up"),
    "winners.col.down": ("确定下降", "Surely down"),
    "winners.col.open": ("未定", "Open"),
    "winners.col.mean": ("平均变化", "Mean change"),
    "winners.col.item": ("项目", "Item"),
    "winners.kind.role": ("{name}", "{name}"),
    "winners.kind.zone": ("{name}学校", "{name} schools"),
    "winners.table.groups_effects": (
        "{year} 年各类学校和学生的成绩与{baseline}之差",
        "Achievement of schools and pupils in {year}, difference from {baseline}",
    ),
    "winners.table.groups_changes": (
        "{start} 年到 {year} 年各类学校和学生成绩的变化",
        "Change of achievement from {start} to {year}",
    ),
    "winners.table.groups_note": (
        "括号内为均值的 95% 区间。核心校、成员校、薄弱半数、前四分之一均按基年划定。",
        "95% interval of the mean in brackets. Core, member, weaker half and top quarter are those of the base year.",
    ),
    "winners.below": ("差距从哪一头缩小", "From which end the gap closes"),
    "winners.not_narrower": (
        "没有哪种政策能确定比{against}缩小差距，无从说从哪一头缩小。",
        "Under no policy is the gap surely narrower than {against}; from which end it closes cannot be asked.",
    ),
    "winners.table.below_effects": (
        "{year} 年差距的缩小及其来源（与{baseline}之差）",
        "Narrowing of the gap in {year} and where it comes from (difference from {baseline})",
    ),
    "winners.table.below_changes": (
        "{start} 年到 {year} 年差距的缩小及其来源",
        "Narrowing of the gap from {start} to {year} and where it comes from",
    ),
    "winners.table.below_note": (
        "末列为成员校提高占差距缩小的比例（Fieller 区间）；超过 100% 表示核心校也在提高。",
        "Last column: the members' rise as a share of the narrowing (Fieller's interval); above 100% core schools rise too.",
    ),
    "winners.schools": ("各类学校中多少上升、多少下降", "How many schools rise and fall"),
    "winners.tally": ("{policy}与{against}相比：{parts}。", "{policy} against {against}: {parts}."),
    "winners.tally_of": (
        "{n} 所{role}中，成绩确定上升的 {up} 所、确定下降的 {down} 所、未定的 {open} 所",
        "of {n} {role} schools, {up} surely rise, {down} surely fall, {open} cannot be told",
    ),
    "winners.table.tally_effects": (
        "{year} 年成绩与{baseline}相比能确定升降的学校数",
        "Schools whose achievement in {year} surely differs from {baseline}",
    ),
    "winners.table.tally_changes": (
        "{start} 年到 {year} 年成绩能确定升降的学校数",
        "Schools whose achievement surely changes from {start} to {year}",
    ),
    "winners.table.tally_note": (
        "每校按成对推演的 95% 区间判定；即使毫无差别，约二十所中也有一所会因偶然被判为上升或下降。生源变动也在其中。平均变化按学生数加权，角色按基年。",
        "Each school is judged on the 95% interval of its paired draws; without any difference about one in twenty would still be judged to rise or fall "
        "by chance. Changes of intake are part of it. Means are weighted by pupils; roles of the base year.",
    ),
    "winners.figure.gap": ("核心校与成员校成绩差距，逐年", "Gap between core and member schools, by year"),
    "winners.figure.gap_alt": (
        "各政策下差距逐年的均值和 95% 范围。{year} 年：{values}。",
        "Mean and 95% range of the gap by year and policy. In {year}: {values}.",
    ),
    "winners.figure.gains": ("{year} 年各类学校和学生的得失", "Gains and losses of schools and pupils in {year}"),
    "winners.figure.gains_alt": (
        "各类学校和学生与基准之差及其区间。{text}",
        "Differences from the baseline by group, with intervals. {text}",
    ),
    "winners.figure.schools": ("各校平均成绩，{start} 年与 {year} 年", "School means in {start} and {year}"),
    "winners.figure.schools_alt": (
        "各校（代号）平均成绩 {start} 年与 {year} 年的位置。{text}",
        "Mean achievement of schools (pseudonyms) in {start} and {year}. {text}",
    ),
    "winners.core_families": ("核心校家长", "Families of core schools"),
    "winners.word.core.good_senior_share": ("优质高中升学率", "share who get a good senior high"),
    "winners.word.core.satisfaction": ("满意度", "satisfaction"),
    "winners.word.core.class_size_mean": ("平均班额", "mean class size"),
    "winners.word.core.achievement": ("成绩", "achievement"),
    "winners.item.core.class_size_mean": ("核心校平均班额（人）", "core schools, mean class size (pupils)"),
    "winners.item.core.satisfaction": ("核心校家长满意度（%）", "core schools, satisfaction of families (%)"),
    "winners.item.core.good_senior_share": (
        "核心校优质高中升学率（%）",
        "core schools, share who got a good senior high (%)",
    ),
    "winners.item.member.class_size_mean": ("成员校平均班额（人）", "member schools, mean class size (pupils)"),
    "winners.item.member.satisfaction": ("成员校家长满意度（%）", "member schools, satisfaction of families (%)"),
    "winners.item.member.good_senior_share": (
        "成员校优质高中升学率（%）",
        "member schools, share who got a good senior high (%)",
    ),
    "winners.item.families.exits": ("全县当年流出学生（人）", "pupils who leave the county that year"),
    "winners.item.families.good_senior_gap": (
        "核心校与成员校优质高中升学率之差（百分点）",
        "core-member gap of the chance of a good senior high (points)",
    ),
    "winners.table.families_effects": (
        "{year} 年家长看到的：与{baseline}之差",
        "What families see in {year}: difference from {baseline}",
    ),
    "winners.table.families_changes": (
        "家长看到的：{start} 年到 {year} 年的变化",
        "What families see: change from {start} to {year}",
    ),
    "winners.table.families_note": (
        "括号内为均值的 95% 区间；按学生数加权，角色按基年。",
        "95% interval of the mean in brackets; weighted by pupils, roles of the base year.",
    ),
    "winners.families_lose": (
        "与{against}相比，核心校家长能确定看到变差的：{parts}。",
        "Against {against}, what surely gets worse for families of core schools: {parts}.",
    ),
    "winners.families_gain": (
        "与{against}相比，核心校家长能确定看到变好的：{parts}。",
        "Against {against}, what surely gets better for families of core schools: {parts}.",
    ),
    "winners.families_open": (
        "与{against}相比，核心校家长的得失都不能确定。",
        "Against {against}, it cannot be told whether families of core schools gain or lose.",
    ),
    "winners.families_one": ("{item}（{policies} {value}）", "{item} ({policies} {value})"),
    "winners.families_of": (
        "{item}（{policies}；最多的{policy} {value}）",
        "{item} ({policies}; most under {policy} {value})",
    ),
    # --- indicator against learning -------------------------------------------------------------------
    "learning_chapter.title": ("指标与学习是否同向", "Do indicator and learning agree"),
    "learning_chapter.question": (
        "差异系数数的是按编制登记的教师、学历和称号，以及校舍设备；学生学到多少是另一回事。这里把两者放在一起，各按 95% 区间判断。",
        "The coefficients count teachers by their posts, degrees and titles, and buildings and equipment; what pupils learn is another thing. Here the two "
        "stand side by side, each judged on its 95% interval.",
    ),
    "learning_chapter.one_draw": (
        "只推演了 1 次，没有区间，不能说指标与学习是否同向。",
        "One draw only: without intervals it cannot be told whether indicator and learning agree.",
    ),
    "learning_chapter.says.together": (
        "{policies}：同向。与{against}相比，达标的差异系数增多，学习也改善。",
        "{policies}: they agree. Compared with {against}, more coefficients keep their limits, and learning improves.",
    ),
    "learning_chapter.says.together_down": (
        "{policies}：同向变差。与{against}相比，达标的差异系数减少，学习也变差。",
        "{policies}: they agree, downwards. Compared with {against}, fewer coefficients keep their limits, and learning is worse.",
    ),
    "learning_chapter.says.flatters": (
        "{policies}：指标好看，学习未见改善。与{against}相比，达标的差异系数增多，差距和薄弱半数学校没有能确定的改善。",
        "{policies}: the indicator flatters. Compared with {against}, more coefficients keep their limits, while learning does not surely improve.",
    ),
    "learning_chapter.says.flatters_down": (
        "{policies}：指标好看，学习变差。与{against}相比，达标的差异系数增多，学习却变差。",
        "{policies}: the indicator misleads. Compared with {against}, more coefficients keep their limits, while learning is worse.",
    ),
    "learning_chapter.says.hides": (
        "{policies}：学习改善，指标变差。与{against}相比，学习能确定改善，达标的差异系数却减少；只看指标会得出相反的结论。",
        "{policies}: learning improves, the indicator gets worse. Compared with {against}, learning surely improves while fewer coefficients keep their "
        "limits; by the indicator alone one would conclude the opposite.",
    ),
    "learning_chapter.says.worse_open": (
        "{policies}：指标变差，学习未定。与{against}相比，达标的差异系数减少，学习的变化不能确定。",
        "{policies}: the indicator gets worse, learning is open. Compared with {against}, fewer coefficients keep their limits; of learning it cannot be "
        "told.",
    ),
    "learning_chapter.says.learning_only": (
        "{policies}：学习改善，指标未定。与{against}相比，学习改善，达标的差异系数是多是少不能确定。",
        "{policies}: learning improves, the indicator is open. Compared with {against}, whether more or fewer coefficients keep their limits cannot be "
        "told.",
    ),
    "learning_chapter.says.learning_down": (
        "{policies}：学习变差，指标未定。与{against}相比，学习变差，达标的差异系数是多是少不能确定。",
        "{policies}: learning is worse, the indicator is open. Compared with {against}, whether more or fewer coefficients keep their limits cannot be "
        "told.",
    ),
    "learning_chapter.says.open": (
        "{policies}：未定。与{against}相比，指标与学习的方向不能都确定。",
        "{policies}: open. Compared with {against}, it cannot be told which way indicator and learning go.",
    ),
    "learning_chapter.verdict.together": ("同向", "agree"),
    "learning_chapter.verdict.together_down": ("同向变差", "agree, both worse"),
    "learning_chapter.verdict.flatters": ("指标好看，学习未见改善", "indicator flatters"),
    "learning_chapter.verdict.flatters_down": ("指标好看，学习变差", "indicator misleads"),
    "learning_chapter.verdict.hides": ("学习改善，指标变差", "learning better, indicator worse"),
    "learning_chapter.verdict.worse_open": ("指标变差，学习未定", "indicator worse, learning open"),
    "learning_chapter.verdict.learning_only": ("学习改善，指标未定", "learning better, indicator open"),
    "learning_chapter.verdict.learning_down": ("学习变差，指标未定", "learning worse, indicator open"),
    "learning_chapter.verdict.open": ("未定", "open"),
    "learning_chapter.col.kept": ("{stage}达标项数", "In limit, {stage}"),
    "learning_chapter.col.cvs": ("{stage}系数升/降", "Coefficients up / down, {stage}"),
    "learning_chapter.col.verdict": ("判断", "Verdict"),
    "learning_chapter.col.all": ("差异系数变化", "Coefficient"),
    "learning_chapter.col.enrolment": ("其中生源", "of it enrolment"),
    "learning_chapter.col.goods": ("其中教师和装备", "of it staff and goods"),
    "learning_chapter.up_down": ("{up} 升 {down} 降", "{up} up, {down} down"),
    "learning_chapter.table.effects": (
        "{year} 年指标与学习：与{baseline}之差",
        "Indicator and learning in {year}: difference from {baseline}",
    ),
    "learning_chapter.table.changes": (
        "指标与学习：{start} 年到 {year} 年的变化",
        "Indicator and learning: change from {start} to {year}",
    ),
    "learning_chapter.table.note": (
        "括号内为均值的 95% 区间。“升/降”为系数的均值能确定升高或降低的项数，升高即更不均衡。“学习改善”指差距缩小、薄弱半数学校提高至少有一项能确定，且没有"
        "一项能确定变差。",
        "95% interval of the mean in brackets. Up / down: coefficients whose mean surely rises or falls; up is less balanced. Learning improves: the gap "
        "surely narrows or the weaker half surely rises, and neither is surely worse.",
    ),
    "learning_chapter.why": ("差异系数为何变动", "Why the coefficients move"),
    "learning_chapter.moved": (
        "{policy}与{against}相比，{n} 项差异系数中 {up} 项升高、{down} 项降低；其中生源变化作用较大的 {by_enrolment} 项，教师和装备作用较大的 {by_goods} 项"
        "。变动最大的是{name}（{value}）：{detail}。",
        "{policy} against {against}: of {n} coefficients {up} rise and {down} fall; enrolment does more in {by_enrolment} of them, staff and goods in "
        "{by_goods}. The largest move is that of {name} ({value}): {detail}.",
    ),
    "learning_chapter.because.both": (
        "生源变化（{enrolment}）和教师、装备变化（{goods}）方向相同",
        "enrolment ({enrolment}) and staff and goods ({goods}) pull the same way",
    ),
    "learning_chapter.because.against": (
        "生源变化（{enrolment}）与教师、装备变化（{goods}）方向相反",
        "enrolment ({enrolment}) and staff and goods ({goods}) pull opposite ways",
    ),
    "learning_chapter.because.enrolment": (
        "来自生源变化（{enrolment}），教师、装备的作用不能确定（{goods}）",
        "it comes from enrolment ({enrolment}); what staff and goods do cannot be told ({goods})",
    ),
    "learning_chapter.because.goods": (
        "来自教师、装备变化（{goods}），生源的作用不能确定（{enrolment}）",
        "it comes from staff and goods ({goods}); what enrolment does cannot be told ({enrolment})",
    ),
    "learning_chapter.because.neither": (
        "生源（{enrolment}）与教师、装备（{goods}）各自的作用都不能确定",
        "neither the part of enrolment ({enrolment}) nor that of staff and goods ({goods}) can be told",
    ),
    "learning_chapter.credentials_evens": (
        "{policies}下，核心校与成员校任课教师的质量差距缩小（{values}），而{names}的差异系数升高：系数数的是学历、称号和编制所在，不是谁在给学生上课。",
        "Under {policies} the quality of those who teach in core and member schools evens out ({values}) while the coefficients of {names} rise: they "
        "count degrees, titles and where posts stand, not who teaches the pupils.",
    ),
    "learning_chapter.credentials_parts": (
        "{policies}下，{names}的差异系数降低，而核心校与成员校任课教师的质量差距扩大（{values}）：学历、称号更均衡，教学没有。",
        "Under {policies} the coefficients of {names} fall while the quality of those who teach in core and member schools parts ({values}): degrees and "
        "titles even out, teaching does not.",
    ),
    "learning_chapter.table.split_effects": (
        "{year} 年差异系数与{baseline}之差，分为两部分",
        "Coefficients of difference in {year}: difference from {baseline}, in two parts",
    ),
    "learning_chapter.table.split_changes": (
        "{start} 年到 {year} 年差异系数的变化，分为两部分",
        "Coefficients of difference: change from {start} to {year}, in two parts",
    ),
    "learning_chapter.table.split_note": (
        "差异系数按学生数加权。“生源”指教师和装备不变、学生由基年变为当年的作用；“教师和装备”指学生不变的作用；两者相加为全部变化。",
        "Coefficients are weighted by pupils. Enrolment: what the change of pupils does with staff and goods as they are now; staff and goods: what they "
        "do with the base year's pupils. The two add up.",
    ),
}
