"""Sentences of an optimisation: plans told as policy."""

#: What every key of this section begins with in the catalogue.
PREFIX = "optimise."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- small words -------------------------------------------------------------------------------
    "comma": ("、", ", "),
    "clause": ("，", ", "),
    "semicolon": ("；", "; "),
    "stop": ("。", "."),
    "gap": ("", " "),
    "and": ("和", " and "),
    "colon": ("：", ": "),
    "to": ("{low} 至 {high}", "{low} to {high}"),
    "span": ("{value}（{ends}）", "{value} ({ends})"),
    "the_law": ("现行法规", "the law in force"),
    # --- what a plan is ----------------------------------------------------------------------------
    "groups": ("{n} 个{mode}", "{n} {mode}"),
    "groups_span": ("{low}–{high} 个{mode}", "{low} to {high} {mode}"),
    "no_groups": ("没有组成教共体", "no group is formed"),
    "rotation": ("每年交流 {share}", "{share} rotate each year"),
    "rotation_term": ("每年交流 {share}（{term}年一轮）", "{share} rotate each year for terms of {term}"),
    "no_rotation": ("不交流", "no rotation"),
    "term": ("每轮交流 {term} 年", "rotation terms of {term}"),
    "years_one": ("一", "one year"),
    "years": ("{n}", "{n} years"),
    "fund": ("专项经费每年 {amount}", "a fund of {amount} a year"),
    "fund_scaled": ("专项经费每年 {amount}（按 10 万学生折算 {per}）", "a fund of {amount} a year ({per} for 100,000 pupils)"),
    "no_fund": ("没有专项经费", "no programme fund"),
    "tilt": ("余款的 {value} 投向成员校", "{value} of the rest goes to member schools"),
    "backbone": ("交流教师中骨干占 {value}", "{value} of those sent are backbone teachers"),
    "bundle": ("考核中成员校进步占 {value}", "members' progress weighs {value} in the core's appraisal"),
    "joint": ("成员校教师每年联合教研 {value} 学时", "{value} hours a year of joint work for a member's teacher"),
    "equipment": ("余款的 {value} 用于装备", "{value} of the rest for equipment"),
    "other": ("{name}：{value}", "{name}: {value}"),
    "group_of.fusion": ("融合", "fused group"), "groups_of.fusion": ("融合", "fused groups"),
    "group_of.co_build": ("共建", "co-built group"), "groups_of.co_build": ("共建", "co-built groups"),
    "group_of.collaboration": ("协作", "collaborating group"), "groups_of.collaboration": ("协作", "collaborating groups"),
    # --- names of plans ----------------------------------------------------------------------------
    "name.min": ("{outcome}最低", "lowest {outcome}"),
    "name.max": ("{outcome}最高", "highest {outcome}"),
    "name.cheapest": ("最省", "cheapest"),
    "name.knee": ("折中", "balanced"),
    "name.nearest": ("最接近的方案", "the nearest plan"),
    "name.status_quo": ("现行法规（自身水平）", "law in force (its own level)"),
    # --- what a plan does --------------------------------------------------------------------------
    "falls": ("{name}降低 {value}", "{name} falls by {value}"),
    "rises": ("{name}提高 {value}", "{name} rises by {value}"),
    "unclear": ("{name}升降未定，{value}", "{name} may rise or fall, {value}"),
    "same": ("{name}不变", "{name} stays as it is"),
    "level": ("{name} {value}", "{name} {value}"),
    "chance": ("{name}{sense}{limit} 的概率 {value}（{ends}）", "probability that {name} is {sense} {limit}: {value} ({ends})"),
    "asked": ("，要求 {asked}", ", {asked} asked"),
    "at_most": ("不超过 ", "at most "),
    "at_least": ("不低于 ", "at least "),
    "budget": ("{name} {value}，预算 {limit}", "{name} {value}, budget {limit}"),
    "against": ("与{law}相比：{listed}。", "Against {law}: {listed}."),
    "limits_of": ("{listed}。", "{listed}."),
    "not_kept": ("复评中守不住{what}。", "On fresh draws it does not keep {what}."),
    "all_limits": ("预算与界限", "the budget and the limits"),
    "the_budget": ("预算", "the budget"),
    "the_limit": ("界限", "the limit"),
    "now_dominated": ("复评后不再占优：另有方案每个目标都不比它差。", "Scored again it is dominated: another plan is no worse in any objective."),
    "now_beaten": ("复评后被另一方案在每个目标上胜过，不出于偶然。", "Scored again another plan beats it in every objective beyond luck."),
    # --- the whole ---------------------------------------------------------------------------------
    "about": (
        "在“{policy}”的 {levers} 项取值中搜索，共试 {plans} 个方案（{generations} 代），每个推演 {futures} 种未来 × {draws} 次成对抽样。"
        "前沿上的 {front} 个方案再用 {fresh_futures} 种新的未来 × {fresh_draws} 次新抽样复评；以下数字与 95% 区间都只来自复评。",
        "The search is over {levers} levers of \"{policy}\": {plans} plans in {generations} generations, each run in {futures} futures x {draws} paired "
        "draws. The {front} plans of the front are scored again in {fresh_futures} fresh futures x {fresh_draws} fresh draws; all numbers and 95% "
        "intervals below come from these alone.",
    ),
    "about_one_future": (
        "在“{policy}”的 {levers} 项取值中搜索，共试 {plans} 个方案（{generations} 代），每个推演 {draws} 次成对抽样。"
        "前沿上的 {front} 个方案再用 {fresh_draws} 次新抽样复评；以下数字与 95% 区间都只来自复评。",
        "The search is over {levers} levers of \"{policy}\": {plans} plans in {generations} generations, each run in {draws} paired draws. The {front} "
        "plans of the front are scored again in {fresh_draws} fresh draws; all numbers and 95% intervals below come from these alone.",
    ),
    "refused": ("其中 {n} 个违反现行规定（如同时在外交流的教师过多），没有推演。",
                "{n} of them break the law (such as too many teachers away at once) and were not run."),
    "exhausted": ("可选的方案已经试完，搜索提前结束。", "All plans that there are were tried; the search ended early."),
    "headline": (
        "没有一个方案样样最好；各目标分别能做到：{listed}",
        "No plan is best in everything; each by a plan of its own: {listed}",
    ),
    "headline_single": ("最好的方案：{value}", "The best plan: {value}"),
    "headline_none": ("没有找到能守住{what}的方案", "No plan was found that keeps {what}"),
    "none": (
        "试过的 {plans} 个方案没有一个守得住{what}。最接近的一个列在下面；要么放宽，要么增加可选的手段，要么搜索更久。",
        "None of the {plans} plans that were tried keeps {what}. The nearest one follows: relax the demand, add levers, or search longer.",
    ),
    "short_of": ("它差在：{listed}。", "What it lacks: {listed}."),
    "status_quo": ("{law}：{listed}。", "{law}: {listed}."),
    "standing": (
        "前沿 {front} 个方案中，{kept} 个在复评中守住{what}，其中 {standing} 个仍互不占优。",
        "Of the {front} plans of the front, {kept} keep {what} on fresh draws; {standing} of these stay undominated.",
    ),
    "standing_free": (
        "前沿 {front} 个方案中，{standing} 个在复评中仍互不占优。",
        "Of the {front} plans of the front, {standing} stay undominated on fresh draws.",
    ),
    "standing_beaten": (
        "有 {beaten} 个被另一方案在每个目标上胜过，不出于偶然。",
        "Another plan beats {beaten} of them in every objective beyond luck.",
    ),
    "near_limit": (
        "搜索会贴着界限走：在少数抽样里刚好守住的，换一批抽样就未必守得住。要更稳，请提高 probability 或增加 replicates。",
        "A search walks along its limits: what is just kept in few draws need not be kept in others. To be safer ask for a higher probability or more "
        "replicates.",
    ),
    "flattered": (
        "挑中的方案，搜索时的成绩与复评相比：{listed}。",
        "The scores by which plans were chosen, against the fresh ones: {listed}.",
    ),
    "flattered_one": (
        "{name}最好的一个看高了 {best}（前沿平均 {front}）",
        "{name}, too good by {best} for the plan that was thought best ({front} over the front)",
    ),
    "not_flattered": ("{name}没有看高（{best}，前沿平均 {front}）", "{name}, not too good ({best}, {front} over the front)"),
    "same_score": ("{name}两次相同", "{name}, the same in both"),
    "controls": (
        "没有经过挑选的 {n} 个方案，两批抽样之间也相差：{listed}；超出这个数的才是挑选造成的。",
        "{n} plans that nobody chose differ between the two samples too: {listed}; only what goes beyond that comes from choosing.",
    ),
    "controls_one": ("{name} {value}", "{name} {value}"),
    "closing": (
        "这是情景推演，不是预测：这些模式的因果效应大小，至今没有研究测出。“最好”只是在所设的目标、预算、行为假定与可选取值之内；没有写进目标的得失不在其中。",
        "This explores scenarios and forecasts nothing: no causal effect size exists for these modes. Best means within the objectives, the budget, the "
        "assumptions on behaviour and the levers that were given; what is not among the objectives does not count.",
    ),
    # --- figures -----------------------------------------------------------------------------------
    "title.front": ("预算之内最好的方案", "The best plans under the budget"),
    "title.front_free": ("最好的方案", "The best plans"),
    "title.search": ("搜索的进展", "How the search went"),
    "title.matrix": ("各目标之间的取舍", "What is traded for what"),
    "takeaway.trade": (
        "从“{a}”到“{b}”：{first}，而{second}",
        "From \"{a}\" to \"{b}\": {first}, while {second}",
    ),
    "takeaway.search": (
        "前一半代数达到了最终支配范围的 {share}；最后四分之一的代数又增加 {late}",
        "The first half of the generations reach {share} of what the search dominates in the end; the last quarter added {late}",
    ),
    "takeaway.none": ("没有方案守得住全部要求，支配范围为零", "No plan keeps all demands: nothing is dominated"),
    "footer": (
        "数据：{data}；{size}{plans} 个方案；复评 {n} 种未来 × {draws} 次新抽样。情景推演，不是预测；因果效应大小尚无研究测出 | Not a forecast",
        "Data: {data}; {size}{plans} plans; scored again in {n} futures x {draws} fresh draws. "
        "Scenarios, not a forecast; no causal effect size is known | 不是预测",
    ),
    "footer_size": ("{n} 所学校；", "{n} schools; "),
    "axis.effect": ("{name}，与{law}之差（{unit}）", "{name}, against {law} ({unit})"),
    "axis.effect_bare": ("{name}，与{law}之差", "{name}, against {law}"),
    "axis.level": ("{name}（{unit}）", "{name} ({unit})"),
    # --- the terminal ------------------------------------------------------------------------------
    "column.plan": ("方案", "plan"),
    "column.kept": ("守住要求", "keeps all"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "page.plans": ("### 方案", "### Plans"),
    "page.sure": ("### 有多可靠", "### How sure"),
}  # fmt: skip
