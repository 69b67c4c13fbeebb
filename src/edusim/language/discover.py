"""Sentences of a discovery: what must hold for a mode to win."""

#: What every key of this section begins with in the catalogue.
PREFIX = "discover."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- small words -------------------------------------------------------------------------------
    "comma": ("、", ", "),
    "clause": ("，", ", "),
    "semicolon": ("；", "; "),
    "stop": ("。", "."),
    "gap": ("", " "),
    "and": ("和", " and "),
    "and_condition": ("，且", " and "),
    "to": ("{low} 至 {high}", "{low} to {high}"),
    "times": ("{value} 倍", "{value}"),
    "a_year": ("{value}/年", "{value} a year"),
    "share_of": ("{policy} {share}", "{policy} in {share}"),
    "share_sure": ("{policy} {share}", "{policy} {share}"),
    "share_with_interval": ("{policy} {share}（{low}–{high}）", "{policy} in {share} ({low} to {high})"),
    # --- conditions --------------------------------------------------------------------------------
    "between": ("“{name}”在 {low} 至 {high} 之间", '"{name}" is between {low} and {high}'),
    "above": ("“{name}”高于 {low}", '"{name}" is above {low}'),
    "below": ("“{name}”低于 {high}", '"{name}" is below {high}'),
    "looked": ("（考察范围 {low}–{high}）", " (looked at: {low}–{high})"),
    # --- headlines ---------------------------------------------------------------------------------
    "no_direction": ("{name}：没有规定哪个方向更好", "{name}: neither direction is wanted"),
    "one_mode": ("{name}：{policy}在 {share} 的未来里好于现行法规", "{name}: {policy} is better than the law in force in {share} of futures"),
    "flat_law": ("{name}：各模式完全相同，与现行法规之差都是 {mean}", "{name}: all modes are the same, {mean} against the law in force"),
    "no_better": ("{name}：{share} 的未来里没有哪种模式好于现行法规", "{name}: in {share} of futures no mode is better than the law in force"),
    "no_better_first": ("；各模式中{policy}最好的最多（{share}）", "; of the modes {policy} is best most often ({share})"),
    "no_better_luck": ("；各模式之间的差别不出偶然", "; the modes do not differ beyond luck"),
    "in_draw": ("{name}：在仅有的一次抽样里，{rest}", "{name}: in the one draw that was made, {rest}"),
    "in_draws": ("{name}：在所做的 {draws} 次抽样里，{rest}", "{name}: in the {draws} draws that were made, {rest}"),
    "flat": ("{name}：各模式完全相同", "{name}: all modes are the same"),
    "luck": ("{name}：没有哪种模式更好，差别不出偶然", "{name}: no mode is better beyond luck"),
    "rivals": ("{name}：{policies}中谁更常最好，分不出（{shares}）", "{name}: which of {policies} is best more often cannot be told ({shares})"),
    "most": ("{policy}在多数未来里最好（{share}）", "{policy} is best in most futures ({share})"),
    "plurality": ("{policy}最好的未来最多（{share}）", "{policy} is best in the largest share of futures ({share})"),
    "named": ("{name}：{rest}", "{name}: {rest}"),
    "though_open": ("，但 {share} 的未来分不出高下", ", though {share} have no winner beyond luck"),
    "no_region_short": ("没有找到经得起检验的胜负转换条件", "no condition under which the winner changes stands the check"),
    "few_short": ("不足 {least} 种未来，没有搜寻胜负转换的条件", "fewer than {least} futures: conditions were not searched for"),
    "region_short": ("若{conditions}，则 {density} 的未来里{policy}最好", "{policy} is best in {density} of futures where {conditions}"),
    "among_modes": ("各模式之间，{text}", "among the modes, {text}"),
    "summary_first": ("{policy}最常胜出的：{names}", "{policy} wins most often in: {names}"),
    "summary_law": ("多半没有哪种模式好于现行法规的：{names}", "in most futures no mode is better than the law in force in: {names}"),
    "summary_same": ("各模式相同的：{names}", "the modes are the same in: {names}"),
    "summary_none": ("分不出哪种模式更好的：{names}", "no mode can be told to be better in: {names}"),
    # --- who wins ----------------------------------------------------------------------------------
    "best": (
        "在 {n} 种未来里，结果最好的是：{listed}（括号内为 95% 区间，只计未来的多少）。",
        "Of {n} futures, the best result is that of {listed} (95% intervals, counting futures only).",
    ),
    "sure": (
        "其中扣除人员与抽签的偶然后仍能断定胜出的：{listed}；另有 {open} 的未来分不出高下。",
        "Beyond the luck of people and lots: {listed}; in {open} of futures no winner can be told.",
    ),
    "tied": ("{share} 的未来里最好的两种完全相同。", "In {share} of futures the best two are equal."),
    "one_draw": ("每种未来只抽样一次，偶然无从分辨。", "With one draw a future, luck cannot be told from anything."),
    "draws_few": (
        "每次抽样都是如此，但只有 {draws} 次抽样，还不能推及别的抽样。",
        "So it is in every draw, but {draws} draws do not carry it over to other draws of people and lots.",
    ),
    "draws_differ": (
        "换一次抽样，{policy}最好的份额就在 {low} 至 {high} 之间变动，{draws} 次抽样不足以断定谁更常胜出。",
        "From draw to draw {policy} is best in {low} to {high} of futures: {draws} draws cannot settle who wins more often.",
    ),
    # --- against the law ---------------------------------------------------------------------------
    "law": ("与现行法规相比：{listed}。", "Against the law in force: {listed}."),
    "law_one": (
        "{policy}平均 {mean}（{ends}），九成未来在 {most} 之间，{better} 的未来更好",
        "{policy} {mean} on average ({ends}), nine futures in ten from {most}, better in {better} of futures",
    ),
    "law_one_alone": (
        "{policy}平均 {mean}，九成未来在 {most} 之间，{better} 的未来更好",
        "{policy} {mean} on average, nine futures in ten from {most}, better in {better} of futures",
    ),
    "law_worse": ("，{share} 的未来扣除偶然后仍更差", " and worse beyond luck in {share}"),
    "law_same": ("与现行法规也完全相同。", "The law in force gives the same."),
    "no_mode_beats_law": ("有 {share} 的未来，没有哪种模式好于现行法规。", "In {share} of futures no mode is better than the law in force."),
    # --- regret ------------------------------------------------------------------------------------
    "regret_one": (
        "事后最不后悔的选择是{one}：与当时最好的选择相比，平均少得 {mean}，十种未来里有一种少得 {p90} 以上。",
        "The choice least regretted is {one}: against the best choice of each future it gives up {mean} on average, and more than {p90} in one of ten.",
    ),
    "regret_none": (
        "事后最不后悔的选择是{one}：{share} 的未来里没有别的选择更好。",
        "The choice least regretted is {one}: in {share} of futures no other choice is better.",
    ),
    "regret_two": (
        "事后最不后悔的选择，按平均看是{one}（与当时最好的选择相比少得 {mean}），按十种未来里最差的一种看是{two}（少得 {p90} 以上）。",
        "The choice least regretted is {one} on average (it gives up {mean} against the best choice of each future), "
        "and {two} in the worst tenth of futures (more than {p90}).",
    ),
    # --- equal ratios ------------------------------------------------------------------------------
    "equal": (
        "如果{ratios}在各模式都一样（比值都为 1），{told}：最好的份额为{listed}。",
        "If {ratios} are the same in every mode (all ratios 1), {told}: best is {listed} of futures.",
    ),
    "equal_luck": ("没有哪种模式更好", "no mode is better beyond luck"),
    "equal_rivals": ("{policies}中谁更常最好，分不出", "which of {policies} is best more often cannot be told"),
    "equal_first": ("{policy}最常胜出", "{policy} wins most often"),
    # --- regions -----------------------------------------------------------------------------------
    "few": ("只有 {n} 种未来，不足 {least} 种，没有搜寻胜负转换的条件。", "There are {n} futures, fewer than {least}: conditions were not searched for."),
    "regions": (
        "什么条件下胜负转换（用搜寻时留出的一半未来检验）：{listed}。",
        "Where the winner changes, checked on the half of the futures left out of the search: {listed}.",
    ),
    "region": (
        "若{conditions}，{policy}在 {density}（{low}–{high}）的未来里最好（总体为 {base}）",
        "{policy} is best in {density} ({low} to {high}) of futures where {conditions}, against {base} of all",
    ),
    "no_region": ("对{policies}没有找到经得起检验的胜出条件。", "No condition of winning that stands the check was found for {policies}."),
    "worse": (
        "若{conditions}，{policy}在 {density} 的未来里还不如现行法规（总体 {base}）。",
        "Where {conditions}, {policy} is worse than the law in force in {density} of futures, against {base} of all.",
    ),
    # --- the spread --------------------------------------------------------------------------------
    "part.evidence": ("有研究测过的参数", "parameters that studies have measured"),
    "part.assumption": ("无研究测过的参数", "parameters that none has measured"),
    "part.ratio": ("模式之间的比值（无研究测过）", "ratios between modes (none has measured them)"),
    "part.interaction": ("它们的相互作用", "their interaction"),
    "part.unresolved": ("未能分解", "unresolved"),
    "part.luck": ("人员与抽签的偶然", "luck of people and lots"),
    "spread": ("{pair}之差因未来与抽样而变，起伏出自：{listed}。", "What makes the difference of {pair} vary over futures and draws: {listed}."),
    "dummy": (
        "对照用的随机列没有归零，此分解不可靠。",
        "The column of random numbers did not come out at nothing: do not rely on this split.",
    ),
    "mostly_luck": ("几乎全是偶然，谈不上取决于哪个假定。", "Nearly all of it is luck: there is little that an assumption could decide."),
    "mostly_unresolved": ("大部分未能分解，不足以说取决于哪些假定。", "Most of it is not resolved: what it rests on cannot be said."),
    "rests_all": (
        "除去偶然，答案几乎全部取决于没有研究测过的假定",
        "luck aside, practically all of the answer rests on assumptions that no study has measured",
    ),
    "rests_one": ("除去偶然，答案的 {low} 取决于没有研究测过的假定", "luck aside, {low} of the answer rests on assumptions that no study has measured"),
    "rests": (
        "除去偶然，答案的 {low} 至 {high} 取决于没有研究测过的假定",
        "luck aside, {low} to {high} of the answer rests on assumptions that no study has measured",
    ),
    "measure": ("最该先测的是：{listed}（括号内为单独解释的份额）。", "What to measure first: {listed} (share that each explains by itself)."),
    "measure_one": ("“{name}”（{share}）", "{name} ({share})"),
    "measure_none": ("没有哪一个未测过的参数单独解释 2% 以上的起伏。", "No parameter that is not yet measured explains 2% of the spread by itself."),
    "narrow": (
        "有研究测过的参数中，“{name}”的范围仍宽，单独解释 {share}。",
        "Among parameters that studies have measured, {name} has a range so wide that it explains {share} by itself.",
    ),
    # --- everything --------------------------------------------------------------------------------
    "title": ("# 什么情况下哪种模式胜出", "# What must hold for a mode to win"),
    "about": (
        "{modes}与现行法规在 {n} 种未来里比较，每种 {draws} 次成对抽样，{assumptions} 个假定在各自范围内变动。",
        "{modes} and the law in force are compared in {n} futures with {draws} paired draws each; {assumptions} assumptions vary over their ranges.",
    ),
    "missing": ("{n} 种未来缺少推演结果，未计入。", "{n} futures lack a result and do not count."),
    "closing": (
        "这是情景推演，不是预测：这三种模式的因果效应大小，至今没有研究测出；以上份额只说明在所设范围内均匀取值的假定里各模式胜出的多少，不是概率。",
        "This explores scenarios and forecasts nothing: no causal effect size exists for these modes. Shares count assumptions drawn evenly over "
        "their ranges; they are not probabilities.",
    ),
    "the_law": ("现行法规", "the law in force"),
    "footer": (
        "数据：{data}；{size}{n} 种未来，每种 {draws} 次成对抽样。情景推演，不是预测；因果效应大小尚无研究测出 | Not a forecast",
        "Data: {data}; {size}{n} futures, {draws} paired draws each. Scenarios, not a forecast; no causal effect size is known | 不是预测",
    ),
    "footer_size": ("{n} 所学校；", "{n} schools; "),
    # --- the terminal ------------------------------------------------------------------------------
    "column.best": ("最好", "best"),
    "column.interval": ("95% 区间", "95% interval"),
    "column.sure": ("断定", "sure"),
    "column.equal": ("比值相等", "ratios equal"),
    "column.law": ("与现行法规之差", "against the law"),
}  # fmt: skip
