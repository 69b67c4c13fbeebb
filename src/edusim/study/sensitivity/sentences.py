"""Sentences of a sensitivity study, Chinese and English: the same keys and the same placeholders."""

from __future__ import annotations

from typing import Any

SENTENCES: dict[str, tuple[str, str]] = {
    # --- small words -------------------------------------------------------------------------------
    "comma": ("、", ", "),
    "clause": ("，", ", "),
    "semicolon": ("；", "; "),
    "stop": ("。", "."),
    "gap": ("", " "),
    "and": ("和", " and "),
    "quote": ("“{name}”", "{name}"),
    "and_more": ("{names}等 {n} 项", "{names} and {rest} more"),
    "of_policy": ("（{policies}）", " ({policies})"),
    "with_span": ("{value}（{low} 至 {high}）", "{value} ({low} to {high})"),
    "from_to": ("{low} 至 {high}", "{low} to {high}"),
    "at_least": ("{low} 以上", "at least {low}"),
    "under": ("{policy}：", "{policy}: "),
    # --- headlines ---------------------------------------------------------------------------------
    "head": ("{name}：{rest}", "{name}: {rest}"),
    "decide.one": ("主要取决于{inputs}", "{inputs} decides most"),
    "decide.several": ("主要取决于{inputs}，谁更重要分不出", "{inputs} decide most; which of them more cannot be told"),
    "lead.one": ("{inputs}离对照最远", "{inputs} stands out most"),
    "lead.several": ("{inputs}最突出，谁更突出分不出", "{inputs} stand out most; which of them more cannot be told"),
    "decide.luck": ("多半是偶然，占 {luck}", "mostly luck, {luck} of what varies"),
    "decide.luck_rest": ("；其余{rest}", "; of the rest, {rest}"),
    "decide.none": ("还没有哪一项能与对照列区分", "nothing can yet be told from the dummy"),
    "decide.dead": ("不随任何一项变化", "nothing that was varied changes it"),
    "decide.off": ("对照列没有归零，指数不可靠，不下结论", "the dummy did not come out at nothing: indices are not to be relied on"),
    "decide.drowned": ("噪声太大，什么也分不出", "noise drowns everything: nothing can be told"),
    "decide.nothing_known": ("没有可用的指数", "there are no indices"),
    "decide.by": ("主要取决于{listed}", "decided most by {listed}"),
    "short.one": ("{inputs}", "{inputs}"),
    "short.several": ("{inputs}（分不出先后）", "{inputs}, not told apart"),
    "unsettled_tail": ("；尚未稳定", "; not yet settled"),
    "unsettled_some": ("；{policies}尚未稳定", "; not yet settled: {policies}"),
    # --- levers, behaviour, luck -------------------------------------------------------------------
    "sides.all": (
        "全部起伏之中，县里能定的占 {levers}，谁也定不了的行为占 {behaviours}，偶然占 {luck}",
        "of all that varies, the county sets {levers}, behaviour that nobody controls accounts for {behaviours}, luck for {luck}",
    ),
    "sides.after": (
        "偶然占 {luck}；除去偶然，县里能定的占 {levers}，谁也定不了的行为占 {behaviours}",
        "luck is {luck}; of the rest, the county sets {levers}, behaviour that nobody controls accounts for {behaviours}",
    ),
    "sides.alone": (
        "除去偶然，县里能定的占 {levers}，谁也定不了的行为占 {behaviours}",
        "luck aside, the county sets {levers}, behaviour that nobody controls accounts for {behaviours}",
    ),
    "sides.levers_more": ("县里能定的确定多于行为", "the levers surely decide more than behaviour"),
    "sides.behaviours_more": ("行为确定多于县里能定的", "behaviour surely decides more than the levers"),
    "sides.neither": ("两边谁多分不出", "which of the two sides decides more cannot be told"),
    "sides.several": (
        "{luck_aside}县里能定的、谁也定不了的行为{and_luck}各占：{listed}",
        "{luck_aside}the county's levers, behaviour that nobody controls{and_luck}: {listed}",
    ),
    "sides.luck_aside": ("除去偶然，", "luck aside, "),
    "sides.of_all": ("全部起伏之中，", "of all that varies, "),
    "sides.and_luck": ("、偶然", " and luck"),
    "sides.one": ("{policy} {shares}", "{policy} {shares}"),
    "sides.why": (
        "（数为各自单独作用之和；区间的上限还算上与别的各项、与偶然的相互作用）",
        " (what each does by itself; the upper end of the range also counts what it does together with all else)",
    ),
    "luck": ("人员与抽签的偶然占 {luck}", "the luck of people and lots is {luck} of what varies"),
    "luck.interplay": ("，偶然与各项交织的部分占 {interplay}", ", its interplay with inputs {interplay}"),
    # --- what matters ------------------------------------------------------------------------------
    "one_share": ("{name} {share}", "{name} {share}"),
    "matters.ST": (
        "{first}（总效应，占起伏的份额；括号内为 95% 区间）",
        "{first} (total effect, as a share of what varies; 95% intervals in brackets)",
    ),
    "matters.after": (
        "{first}（总效应，占除去偶然后的起伏的份额；括号内为 95% 区间）",
        "{first} (total effect, as a share of what varies once luck is taken out; 95% intervals in brackets)",
    ),
    "matters.other": ("与对照列能区分的：{first}（{index}）", "told from the dummy: {first} ({index})"),
    "tier.then": ("；其次{names}", "; then {names}"),
    "tier.level": ("{names}，这 {n} 项的先后没有全部分清", "{names}, the order of these {n} not all told by their intervals"),
    "small": ("{names}有作用，但确定不到 {most}", "{names}: an effect, but surely less than {most}"),
    "nothing": (
        "不起作用的 {n} 项（总效应上限不到 {most}，且与对照列分不出）：{names}",
        "What does not matter ({n}: the upper end of the total effect is below {most} and cannot be told from the dummy): {names}",
    ),
    "open": (
        "还说不准的 {n} 项（区间从几乎没有到 {most} 以上）：{names}",
        "Not known yet ({n}: intervals reach from next to nothing to more than {most}): {names}",
    ),
    "screened": ("{n} 项与对照列分不出：{names}", "{n} cannot be told from the dummy: {names}"),
    # --- interaction -------------------------------------------------------------------------------
    "pair": ("{one}与{other} {share}", "{one} with {other} {share}"),
    "pairs": ("两两之间确定有相互作用的：{listed}", "Interactions that are sure: {listed}"),
    "pairs.none": ("所看的两两组合里，没有一对的相互作用能确定不为零", "of the pairs that were looked at, none has an interaction that is surely not nothing"),
    "through": (
        "{names}有一部分作用要靠别的各项才出来（总效应确定大于单独的作用）",
        "{names}: part of the effect comes about only with others (total surely above first order)",
    ),
    # --- direction ---------------------------------------------------------------------------------
    "swing": ("{name}由 {low} 到 {high}：{change}", "{name} from {low} to {high}: {change}"),
    "swings": (
        "取值从最低五分之一到最高五分之一，平均变化：{listed}",
        "Mean change from the lowest fifth of values to the highest: {listed}",
    ),
    "swing.unsure": ("{names}起作用而没有确定的方向：先升后降，或要看别的各项", "{names}: an effect without a sure direction, bent or dependent on others"),
    # --- how sure ----------------------------------------------------------------------------------
    "settled": ("推演 {runs} 次后，区间与排序已稳定（最宽的区间 {widest}）", "After {runs} runs intervals and ranks are settled (widest interval {widest})"),
    "settled.target": (
        "推演 {runs} 次后，区间与排序已稳定（最宽的区间 {widest}，目标 {target}）",
        "After {runs} runs intervals and ranks are settled (widest interval {widest}, target {target})",
    ),
    "unsettled": (
        "推演 {runs} 次后仍未稳定（最宽的区间 {widest}）：以上先后只当暂时的看",
        "After {runs} runs the estimate is not settled (widest interval {widest}): take the order above as provisional",
    ),
    "unsettled.target": (
        "推演 {runs} 次后仍未稳定（最宽的区间 {widest}，目标 {target}）：以上先后只当暂时的看",
        "After {runs} runs the estimate is not settled (widest interval {widest}, target {target}): take the order above as provisional",
    ),
    "missing": ("；还差：{names}", "; missing: {names}"),
    "missing.width": ("区间宽度", "narrow intervals"),
    "missing.ranks": ("先后次序", "stable ranks"),
    "missing.screening": ("不起作用的与起作用的分得清", "a clear line between what matters and what does not"),
    "missing.steadiness": ("比一半样本时不再移动", "no change since half the points"),
    "note.drowned": ("噪声太大，各点之间的差别与偶然分不出", "Noise drowns everything: differences between points cannot be told from luck"),
    "note.together": (
        "“偶然”里含偶然与各项的交织：各次推演的抽样互不相同，两者分不开",
        "Luck here holds what it does together with inputs: no two points shared a draw, so the two cannot be told apart",
    ),
    "note.one draw": (
        "各点都用同一次抽样：以上只对这一次抽样成立，换一批人员会怎样没有看",
        "One draw was used everywhere: this holds for that draw alone, and what other people and lots would do was not looked at",
    ),
    "note.few draws": (
        "各点都用同样的几次抽样：以上只对这几次的平均成立，抽样太少的误差不在区间里",
        "The same few draws were used everywhere: this holds for their mean, and what so few leave open is not in the intervals",
    ),
    "note.these draws": (
        "各点都用同样的几次抽样：抽样少的误差在区间里，偶然与各项有交织处估计仍略偏",
        "The same few draws were used everywhere: what so few leave open is in the intervals, and a little bias stays where luck and inputs interact",
    ),
    "note.no replicate": ("没有重复推演，偶然占多少没有分出来", "There are no replicates: how much is luck was not split off"),
    "dummy": (
        "对照列没有归零（{dummy}）：估计有偏或推演太少，以上指数不可靠",
        "The dummy did not come out at nothing ({dummy}): the estimate is off or runs are too few, do not rely on these indices",
    ),
    "dummy.none": ("没有可用的对照列，各项只与零相比", "There is no usable dummy: inputs are compared with nothing"),
    "outside": (
        "有 {n} 个估计在 0 与 1 之外：是抽样误差，照样给出",
        "Estimates outside 0 and 1: {n}, by sampling error, shown as they are",
    ),
    "dropped": ("{share} 的样本组缺少结果，整组未计入", "{share} of blocks lack a result and are left out whole"),
    "chaos.agree": (
        "多项式混沌的预测能力 Q2 为 {q2}，它的 {n} 个总效应都落在 Sobol 的区间里",
        "Polynomial chaos predicts with Q2 {q2}; all {n} of its total effects lie in the Sobol intervals",
    ),
    "chaos.differ": (
        "多项式混沌的预测能力 Q2 为 {q2}；{names}的总效应落在 Sobol 的区间之外",
        "Polynomial chaos predicts with Q2 {q2}; the total effects of {names} lie outside the Sobol intervals",
    ),
    "chaos.weak": (
        "多项式混沌只解释 {q2}（Q2），不足以作证",
        "Polynomial chaos predicts with Q2 of only {q2}: it is no witness",
    ),
    "chaos.only": ("指数来自多项式混沌，预测能力 Q2 为 {q2}", "Indices are those of a polynomial chaos that predicts with Q2 {q2}"),
    # --- figures -----------------------------------------------------------------------------------
    "title.swings": ("{name}：每一项从低到高，结果变多少", "{name}: what moving each input does"),
    "title.together": ("{name}：{x} × {y}", "{name}: {x} by {y}"),
    "title.growth": ("{name}：推演多少次才够", "{name}: how many runs are enough"),
    "title.screening": ("{name}：先筛一遍，哪些不必再看", "{name}: screening, what need not be looked at again"),
    "title.chaos": ("{name}：两种算法是否一致", "{name}: do two methods agree"),
    "take.swings.none": ("没有哪一项的方向能确定", "No input has a sure direction"),
    "take.together.sure": (
        "{sure}/{n} 格的超出部分确定不为零（偶然约 {chance} 格），最大 {most}",
        "beyond the sum in {sure} of {n} cells (by chance about {chance}), at most {most}",
    ),
    "take.together.none": (
        "{n} 格里 {sure} 格的超出部分确定不为零，不比偶然（约 {chance} 格）多，看不出相互作用",
        "{sure} of {n} cells beyond the sum, no more than chance ({chance}): no interaction to be seen",
    ),
    "take.together.s2": ("，占起伏的 {share}", ", {share} of what varies"),
    "take.together.though": ("，但占起伏的 {share}", ", though {share} of what varies"),
    "take.together.s2_none": ("，占起伏的份额与零分不出（{share}）", ", as a share of what varies not told from nothing ({share})"),
    "take.growth.settled": ("{policies}：{runs} 次推演时已稳定", "{policies}: settled at {runs} runs"),
    "take.growth.open": ("{policies}：到 {runs} 次推演仍未稳定（最宽的区间 {widest}）", "{policies}: not settled at {runs} runs (widest interval {widest})"),
    "screening": ("先筛（Morris）：{told}", "Screening (Morris): {told}"),
    "take.screening": ("{n} 项里 {kept} 项超出对照，{rest} 项与对照分不出", "{kept} of {n} inputs above the dummy, {rest} not told from it"),
    # --- what an official should take --------------------------------------------------------------
    "take.lever": ("先看的政策工具：{listed}。", "Levers to look at first: {listed}."),
    "take.wanted": ("（朝所求的方向）", " (the wanted way)"),
    "take.unwanted": ("（与所求相反）", " (against what is wanted)"),
    "take.lever.unsure": ("{name}（方向不定）", "{name} (no sure direction)"),
    "take.no_lever": ("没有哪个政策工具能确定地影响它。", "No lever surely moves it."),
    "take.measure": (
        "最该先去测清的行为：{names}。结论随它们变，而研究还没有测过。",
        "Behaviour to measure first: {names}. The answer turns on it, and no study has measured it.",
    ),
    "take.narrow": ("研究测过、但范围仍宽到影响结论的：{names}。", "Measured, but over a range so wide that the answer turns on it: {names}."),
    "take.leave": ("就这项结果而言可以先不管的工具：{names}。", "Levers that can be left alone as far as this outcome goes: {names}."),
    "take.luck": (
        "单看一次推演、一个县一年的变化，说明不了问题：起伏里偶然占 {luck}。",
        "One run, or one county's change in one year, shows little. The share of luck in what varies: {luck}.",
    ),
    "take.package": ("工具要配着用：{listed}，单独估计会估错。", "Levers work as a package: {listed}; each estimated alone is estimated wrongly."),
    "take.more": ("先别用这些先后作决定：估计尚未稳定，再推演一些。", "Do not decide by this order yet: the estimate is not settled, make more runs."),
    "take.dead": ("所变动的各项对它没有影响，不必再试。", "Nothing that was varied changes it: no need to try further."),
    # --- page --------------------------------------------------------------------------------------
    "page.title": ("# 结果随什么变：敏感性分析", "# What the outcomes turn on: sensitivity analysis"),
    "page.about.effects": (
        "每个数都是与{baseline}在同一未来、同一次抽样下之差；问的是这个差为什么有大有小。",
        "Every number is the difference from {baseline} in the same future and the same draw; the question is why it is larger or smaller.",
    ),
    "page.about.levels": ("看的是结果本身的高低。", "Outcomes are looked at as levels."),
    "page.closing": (
        "这是情景推演，不是预测。份额取决于各项的取值范围：范围放宽，份额就变大；它说的是模型里什么起作用，不是现实中的因果。",
        "This explores scenarios and forecasts nothing. Shares depend on the ranges that inputs vary over: a wider range is a larger share. "
        "They say what works in the model, not what causes what in a county.",
    ),
    "page.glance": ("## 一览", "## At a glance"),
    "page.take": ("**要点**", "**What to take from it**"),
    "page.choice": ("<details><summary>筛查后哪些单独看，为什么</summary>", "<details><summary>What was followed singly after screening, and why</summary>"),
    "column.share": ("占 μ* 之和（最大处）", "share of all μ* (largest)"),
    "column.above": ("超出对照的次数", "times above the dummy"),
    "column.why": ("单独看", "followed singly"),
    "why.lever": ("是：杠杆都逐项细看", "yes: every lever is"),
    "why.above_dummy": ("是：超出对照", "yes: above the dummy"),
    "why.asked": ("是：研究文件要求", "yes: asked for"),
    "why.beyond_keep": ("否：超出对照，但名额已满", "no: above the dummy, but beyond the number kept"),
    "why.not_above_dummy": ("否：与对照分不出", "no: not told from the dummy"),
    "point.decides": ("取决于什么", "What decides."),
    "point.not": ("什么不起作用", "What does not."),
    "point.sides": ("谁能定，多少是偶然", "Who controls it, how much is luck."),
    "point.pairs": ("相互作用", "Interaction."),
    "point.way": ("往哪边变", "Direction."),
    "point.sure": ("有多可靠", "How sure."),
    "page.table": ("<details><summary>各项的数</summary>", "<details><summary>The numbers</summary>"),
    "page.read": (
        "总效应：固定这一项，起伏能少多少；单独：只看它自己的作用。括号内为 95% 区间，照估计给出，不截到 0 与 1 之间。方法与读法：docs/sensitivity.md。",
        "Total: how much less would vary if this input were fixed. First: what it does by itself. 95% intervals in brackets, as estimated, not cut at 0 and 1. "
        "How to read, and methods: docs/sensitivity.md.",
    ),
    "column.outcome": ("结果", "outcome"),
    "column.policy": ("政策", "policy"),
    "column.most": ("主要取决于", "decided most by"),
    "column.levers": ("县里能定", "county sets"),
    "column.behaviours": ("行为", "behaviour"),
    "column.luck": ("偶然", "luck"),
    "column.settled": ("稳定", "settled"),
    "column.input": ("项", "input"),
    "column.kind": ("类", "kind"),
    "column.first": ("单独", "first"),
    "column.total": ("总效应", "total"),
    "column.index": ("{index}", "{index}"),
    "column.swing": ("从低到高", "low to high"),
    "column.verdict": ("判断", "verdict"),
    "verdict.matters": ("起作用", "matters"),
    "verdict.small": ("作用很小", "small"),
    "verdict.nothing": ("不起作用", "does not matter"),
    "verdict.open": ("说不准", "not known"),
    "kind.lever": ("县里能定", "lever"),
    "kind.measured": ("行为（测过）", "behaviour, measured"),
    "kind.assumed": ("行为（假定）", "behaviour, assumed"),
    "kind.rest": ("其余", "the rest"),
    "kind.other": ("输入", "input"),
    "kind.luck": ("偶然", "luck"),
    "kind.dummy": ("对照", "dummy"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "the_law": ("现行法规", "the law in force"),
    "footer": (
        "数据：{data}；{size}{runs}区间为 95%。{limits}",
        "Data: {data}; {size}{runs}intervals are 95%. {limits}",
    ),
    "footer_plain": ("{runs}区间为 95%。", "{runs}intervals are 95%."),
    "footer_size": ("{n} 所学校；", "{n} schools; "),
    "footer_runs": ("{n} 次推演；", "{n} runs; "),
    # --- indices in words --------------------------------------------------------------------------
    "index.ST": ("总效应", "total effect"),
    "index.S1": ("单独作用", "first-order effect"),
    "index.mu_star": ("Morris μ*", "Morris μ*"),
    "index.delta": ("delta 指数", "delta index"),
    "index.pawn": ("PAWN 指数", "PAWN index"),
    "index.vt": ("总效应上界（导数）", "upper bound of the total effect, from derivatives"),
}  # fmt: skip


def sentence(lang: str, key: str, /, **values: Any) -> str:
    """Return a sentence in ``zh`` or ``en`` with its placeholders filled."""
    found = SENTENCES[key][0 if lang == "zh" else 1]
    return found.format(**values) if values else found
